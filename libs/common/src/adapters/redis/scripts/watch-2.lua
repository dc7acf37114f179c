-- KEYS request, outcome. ARGV ingress. Has the ingress told when the request ends: {'open'}. Or it has ended: {'ended', body}, {'expired'}; or {'unknown'}.
local record, kind, ingresses = unpack(redis.call('HMGET', KEYS[1], 'rec', 'k', 'w'))
if not record then return {'unknown'} end
if kind then
  local body = redis.call('GET', KEYS[2])
  if body then return {'ended', body} end
  return {'expired'}
end
ingresses = ingresses or ''
if not string.find(' ' .. ingresses .. ' ', ' ' .. ARGV[1] .. ' ', 1, true) then
  redis.call('HSET', KEYS[1], 'w', ingresses .. ' ' .. ARGV[1])
end
return {'open'}
