-- KEYS payloads of the request, ledger of all payloads, bytes held. ARGV prefix of payloads.
local entries = redis.call('SMEMBERS', KEYS[1])
for _, entry in ipairs(entries) do
  local size, name = string.match(entry, '^(%d+) (.*)$')
  redis.call('UNLINK', ARGV[1] .. name)
  if redis.call('ZREM', KEYS[2], entry) == 1 then redis.call('DECRBY', KEYS[3], size) end
end
redis.call('DEL', KEYS[1])
return #entries
