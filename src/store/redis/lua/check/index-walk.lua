-- One page of a walk: { sequence, next cursor, faults }.
local function walk_page(name, cursor, limit, mend)
  local sequence, format = unpack(call('HMGET', keys.meta, 'sequence', 'format'))
  if format ~= RECORD_FORMAT then return redis.error_reply('OTHERFORMAT the shop has format ' .. (format or 'unknown')) end
  faults.list, faults.mend = {}, mend
  deadline_head = remembering(make_head)
  local next_cursor = walks[name](cursor, limit)
  return { sequence or '0', next_cursor, faults.list }
end
