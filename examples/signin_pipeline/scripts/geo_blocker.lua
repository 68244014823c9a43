-- Blocks sign-ins from countries that the tenant does not serve.
function run(context)
  local country = host.country_of(context.ip)
  for _, blocked in ipairs(context.tenant.blocked_countries) do
    if country == blocked then
      return { status = "blocked", reason = "country " .. country, output = { country = country } }
    end
  end
  return { status = "success", output = { country = country } }
end
