-- Asks a slow reputation service; a bad score is left for the risk script to weigh.
function run(context)
  local score = host.reputation_of(context.ip)
  return { status = "success", output = { signals = { reputation = score } } }
end
