-- KEYS list of leased joins of the scope. ARGV now, lease until, token, limit, prefix of joins.
-- One {name, token, member, bytes, ...} per join whose lease lapsed, leased anew.
local leases = {}
for i, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[4])) do
  local join = ARGV[5] .. name
  if redis.call('HGET', join, 'st') == 'l' then
    local token = ARGV[3] .. '.' .. i
    leaseJoin(join, name, token, ARGV[2])
    leases[#leases + 1] = addParts(join, {name, token})
  else
    redis.call('ZREM', KEYS[1], name)
  end
end
return leases
