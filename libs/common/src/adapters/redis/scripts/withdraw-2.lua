-- KEYS request, overdue list. ARGV id, token. Takes back an accept whose caller was told that nothing was accepted.
if redis.call('HGET', KEYS[1], 'at') ~= ARGV[2] or redis.call('HEXISTS', KEYS[1], 'k') == 1 then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return 1
