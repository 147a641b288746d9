-- What a batch writes, as few commands of many arguments. Everything is encoded here, before the first write, since a
-- script that fails between two writes keeps the first.
local plan = { due_skus = { n = 0 }, due_added = {}, due_removed = {}, lists = {}, document_lists = {} }

-- Arguments of one command each, in the order of writing. `expected` is the type of a key that the batch may not have read,
-- and that might be of another one.
local function planned(lists, command, key, expected)
  local list = { n = 0, command = command, key = key, expected = expected }
  lists[#lists + 1] = list
  return list
end

plan.put_live, plan.put_ended = planned(plan.lists, 'HSET', 'holds'), planned(plan.lists, 'HSET', 'ended:0', 'hash')
plan.delete_live = planned(plan.lists, 'HDEL', 'holds')
plan.add_due, plan.remove_due = planned(plan.lists, 'ZADD', 'due:holds', 'zset'), planned(plan.lists, 'ZREM', 'due:holds', 'zset')
plan.put_stock, plan.add_sku = planned(plan.lists, 'HSET', 'stock'), planned(plan.lists, 'ZADD', 'skus', 'zset')
plan.put_count, plan.delete_count = planned(plan.lists, 'HSET', 'counts'), planned(plan.lists, 'HDEL', 'counts')
plan.put_short, plan.put_long = planned(plan.lists, 'HSET', 'requests:short:0'), planned(plan.lists, 'HSET', 'requests:long:0')
plan.put_document, plan.delete_document = planned(plan.lists, 'HSET', 'docs'), planned(plan.lists, 'HDEL', 'docs')
plan.add_due_document = planned(plan.lists, 'ZADD', 'due:docs')
plan.remove_due_document = planned(plan.lists, 'ZREM', 'due:docs')
plan.enter, plan.leave = {}, {}
for name in pairs(LISTS) do
  plan.leave[name] = planned(plan.document_lists, 'ZREM', 'orders:' .. name, 'zset')
  plan.enter[name] = planned(plan.document_lists, 'ZADD', 'orders:' .. name, 'zset')
end

function plan.empty(lists)
  for index = 1, #lists do
    if lists[index].n > 0 then emptied(lists[index]) end
  end
end

function plan.forget()
  plan.empty(plan.lists)
  if plan.lists_change then plan.empty(plan.document_lists) end
  local skus = plan.due_skus
  for index = 1, skus.n do plan.due_added[skus[index]], plan.due_removed[skus[index]] = nil, nil end
  skus.n, plan.earliest_added, plan.removes, plan.lists_change = 0, math.huge, false, false
end

function plan.note_due(of, sku, at)
  if of == plan.due_removed then
    plan.removes = true
  elseif at < plan.earliest_added then
    plan.earliest_added = at
  end
  local least = of[sku]
  if least and least <= at then return end
  if not least and not plan.due_added[sku] and not plan.due_removed[sku] then add(plan.due_skus, sku) end
  of[sku] = at
end

-- A hold's place in the index moves with its deadline, and goes when it ends.
function plan.position(hold_id, before, after, live)
  if before and live and before[EXPIRES_AT] == after[EXPIRES_AT] then return end
  local sku = after[SKU]
  if before then
    add(plan.remove_due, position_of(sku, before[EXPIRES_AT], hold_id))
    plan.note_due(plan.due_removed, sku, before[EXPIRES_AT])
  end
  if live then
    append(plan.add_due, '0', position_of(sku, after[EXPIRES_AT], hold_id))
    plan.note_due(plan.due_added, sku, after[EXPIRES_AT])
  end
end

function plan.set_aside()
  for _, position in ipairs(reclaim.set_aside) do
    local sku, expires_at = parse_position(position)
    add(plan.remove_due, position)
    plan.note_due(plan.due_removed, sku, expires_at)
  end
end

function plan.holds()
  local hold_ids, was, is = holds.names, holds.before, holds.now
  for index = 1, hold_ids.n do
    local hold_id = hold_ids[index]
    local before, after = was[hold_id], is[hold_id]
    if before ~= after then
      local live = after[STATE] <= PINNED
      append(live and plan.put_live or plan.put_ended, hold_id, encode_hold(after))
      if before and not live then add(plan.delete_live, hold_id) end
      plan.position(hold_id, before, after, live)
    end
  end
  if #reclaim.set_aside > 0 then plan.set_aside() end
end

function plan.stock()
  local skus, was, is = stock.names, stock.before, stock.now
  for index = 1, skus.n do
    local sku = skus[index]
    local before, after = was[sku], is[sku]
    if before ~= after then
      append(plan.put_stock, sku, encode_stock(after))
      if not before then append(plan.add_sku, '0', sku) end
    end
  end
end

function plan.counts()
  local names, was, is = counts.names, counts.before, counts.now
  for index = 1, names.n do
    local key = names[index]
    local before, units = was[key], is[key]
    if before ~= units and units == 0 then add(plan.delete_count, key) end
    if before ~= units and units > 0 then append(plan.put_count, key, digits(units)) end
  end
end

function plan.list_change(before, after, key)
  local list_before, list_after = before and before[LIST], after and after[LIST]
  if list_before == list_after then return end
  if list_before then add(plan.leave[list_before], key) end
  if list_after then append(plan.enter[list_after], '0', key) end
  plan.lists_change = true
end

function plan.documents()
  local names, was, is = documents.names, documents.before, documents.now
  for index = 1, names.n do
    local key = names[index]
    local before, after = was[key], is[key]
    if before ~= after then
      if after then append(plan.put_document, key, encode_document(after)) else add(plan.delete_document, key) end
      plan.list_change(before, after, key)
    end
  end
end

function plan.due_documents()
  local names, was, is = dues.names, dues.before, dues.now
  for index = 1, names.n do
    local key = names[index]
    local before, after = was[key], is[key]
    if before ~= after then plan.note_document(before, after) end
    if after and after ~= before then append(plan.add_due_document, digits(after), key) end
    if before and not after then add(plan.remove_due_document, key) end
  end
end

-- A deadline that is put off leaves its place, as one that goes does.
function plan.note_document(before, after)
  if before then plan.removes = true end
  if after and after < plan.earliest_added then plan.earliest_added = after end
end

-- The lane's last ticket lives with the short records, and goes as they go when a process is no more.
local function plan_writes()
  plan.put_ended.key, plan.put_short.key, plan.put_long.key = batch.ended.current, batch.short.current, batch.long.current
  append(plan.put_short, batch.lane_field, digits(batch.ticket))
  plan.holds()
  plan.stock()
  if counts.names.n > 0 then plan.counts() end
  if documents.names.n > 0 then plan.documents() end
  if dues.names.n > 0 then plan.due_documents() end
end
