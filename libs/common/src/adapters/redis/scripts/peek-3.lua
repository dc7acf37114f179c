-- KEYS request, outcome, epoch. All of one moment: {fields of the request, body, epoch}.
return {redis.call('HGETALL', KEYS[1]), redis.call('GET', KEYS[2]), redis.call('GET', KEYS[3])}
