#!lua
-- Begins an epoch of the shop and returns 1, or returns 0 if another process has begun one since the caller read it.
-- The sequence jumps to the first one of the epoch, and the previous sequence is recorded. If no loss freezes the shop,
-- the known lost writes are deleted.
-- KEYS  meta lost
-- ARGV[1]  the epoch that the caller read
-- ARGV[2]  the new epoch
-- ARGV[3]  its first sequence
-- ARGV[4]  the run of the server in which it begins
-- ARGV[5]  the previous epochs, as `first sequence:sequence before it,...`
-- ARGV[6]  the loss that freezes the shop, or ''
-- ARGV[7]  the losses that an operator has accepted
-- ARGV[8]  the address of the server, or ''

local function raise(known, epoch, first, server, raises, loss, accepted, address)
  local found = redis.call('HMGET', keys.meta, 'epoch', 'sequence')
  local kept = found[2] or '0'
  if (found[1] or '0') ~= known or tonumber(kept) >= tonumber(first) then return 0 end
  raises = (raises == '' and '' or raises .. ',') .. first .. ':' .. kept
  redis.call('HSET', keys.meta, 'epoch', epoch, 'sequence', first, 'server', server, 'raises', raises, 'loss', loss,
    'accepted', accepted, 'address', address)
  if loss == '' then redis.call('UNLINK', keys.lost) end
  return 1
end

return function(ARGV) return raise(unpack(ARGV)) end
