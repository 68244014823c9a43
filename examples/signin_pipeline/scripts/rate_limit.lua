-- At most five failed attempts a user.
function run(context)
  local attempts = host.failed_attempts(context.user_id)
  if attempts > 5 then
    return { status = "blocked", reason = attempts .. " failed attempts", output = { attempts = attempts } }
  end
  return { status = "success", output = { attempts = attempts } }
end
