-- KEYS epoch. ARGV a random word, milliseconds the epoch outlives its last reader. The epoch that holds: `<cluster time it began>:<word>`.
local epoch = redis.call('GET', KEYS[1])
if not epoch then
  local time = redis.call('TIME')
  epoch = time[1] .. string.sub(string.format('%06d', time[2]), 1, 3) .. ':' .. ARGV[1]
  redis.call('SET', KEYS[1], epoch)
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return epoch
