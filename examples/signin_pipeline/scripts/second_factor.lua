-- A second factor for risky sign-ins.
function run(context)
  return { status = "success", output = { second_factor = context.result.risk > 0.5 } }
end
