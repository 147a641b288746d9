-- One page of a walk: { sequence, next cursor, faults }.
local function walk_page(name, cursor, limit, mend)
  faults.list, faults.mend = {}, mend
  deadline_head = remembering(make_head)
  local next_cursor = walks[name](cursor, limit)
  return { call('HGET', keys.meta, 'sequence') or '0', next_cursor, faults.list }
end
