-- Put before every other script. Scripts are the only writers of keys that several processes change, and each can run twice without harm.
-- Times are cluster time in milliseconds, given by the caller. All keys lie on one Redis: some are named by what other keys hold.

-- Lets the key live at least until `at`.
local function keep(key, at)
  if redis.call('PTTL', key) == -1 then
    redis.call('PEXPIREAT', key, at)
  else
    redis.call('PEXPIREAT', key, at, 'GT')
  end
end

-- Payloads of one request: a set of `<size> <name>`, listed in the ledger of all and counted.
local function dropPayloads(index, ledger, bytesHeld, prefix)
  local entries = redis.call('SMEMBERS', index)
  for _, entry in ipairs(entries) do
    local size, name = string.match(entry, '^(%d+) (.*)$')
    redis.call('UNLINK', prefix .. name)
    if redis.call('ZREM', ledger, entry) == 1 then redis.call('DECRBY', bytesHeld, size) end
  end
  redis.call('DEL', index)
  return #entries
end

-- A join is a hash: p:<member> = bytes of a part, n = parts present, st = l(eased) or c(losed), absent while parts are missing,
-- tk and lu = token of the lease and until when it holds, dz = the sorted set of its scope that lists leased joins by `lu`, ex = when it expires.
-- Appends member, bytes, member, bytes, ... to `parts`. (No `unpack`: a wide scatter has more parts than Lua's stack has room.)
local function addParts(join, parts)
  local fields = redis.call('HGETALL', join)
  for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 2) == 'p:' then
      parts[#parts + 1] = string.sub(fields[i], 3)
      parts[#parts + 1] = fields[i + 1]
    end
  end
  return parts
end

local function leaseJoin(join, name, token, untilMs)
  redis.call('HSET', join, 'st', 'l', 'tk', token, 'lu', untilMs)
  local due = redis.call('HGET', join, 'dz')
  redis.call('ZADD', due, untilMs, name)
  keep(due, redis.call('HGET', join, 'ex'))
end

-- What was never there is not made: it would be a key without parts that nobody removes.
local function closeJoin(join, name)
  local due = redis.call('HGET', join, 'dz')
  if not due then return end
  for _, field in ipairs(redis.call('HKEYS', join)) do
    if string.sub(field, 1, 2) == 'p:' then redis.call('HDEL', join, field) end
  end
  redis.call('HSET', join, 'st', 'c')
  redis.call('ZREM', due, name)
end
