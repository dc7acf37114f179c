-- KEYS fleet. ARGV worker id, report, milliseconds the fleet outlives its last report.
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
