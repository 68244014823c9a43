-- Known devices have a fingerprint; without one there is nothing to check.
function run(context)
  local device = context.device
  if device == nil then
    return { status = "skipped", reason = "no fingerprint" }
  end
  -- A browser extension sends devices without screens: the error below is real.
  local area = device.screen.width * device.screen.height
  return { status = "success", output = { signals = { device = device.id, screen = area } } }
end
