-- What a batch writes, as few commands of many arguments. Everything is encoded here, before the first write, since a
-- script that fails between two writes keeps the first.
local plan = { count = 0, commands = {}, keys = {}, lists = {}, types = {} }
plan.due_skus, plan.due_added, plan.due_removed = { n = 0 }, {}, {}
-- Arguments by what they are for, and those of the lists of documents by the list.
for _, name in ipairs({ 'put_live', 'put_ended', 'delete_live', 'add_due', 'remove_due', 'put_stock', 'add_sku', 'put_count',
  'delete_count', 'put_document', 'delete_document', 'add_due_document', 'remove_due_document' }) do
  plan[name] = { n = 0 }
end
plan.enter, plan.leave = {}, {}
for name in pairs(LISTS) do plan.enter[name], plan.leave[name] = { n = 0 }, { n = 0 } end

function plan.forget()
  for index = 1, plan.count do
    emptied(plan.lists[index])
    plan.lists[index] = nil
  end
  local skus = plan.due_skus
  for index = 1, skus.n do plan.due_added[skus[index]], plan.due_removed[skus[index]] = nil, nil end
  emptied(skus)
  plan.count, plan.earliest_added, plan.removes, plan.lists_change = 0, math.huge, false, false
end

-- `expected` is the type of a key that the batch may not have read, and that might be of another one.
function plan.command(command, key, list, expected)
  if list.n == 0 then return end
  local count = plan.count + 1
  plan.commands[count], plan.keys[count], plan.lists[count], plan.types[count] = command, key, list, expected or false
  plan.count = count
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
  plan.command('HSET', keys.holds, plan.put_live)
  plan.command('HSET', batch.ended.current, plan.put_ended, 'hash')
  plan.command('HDEL', keys.holds, plan.delete_live)
  plan.command('ZADD', keys['due:holds'], plan.add_due, 'zset')
  plan.command('ZREM', keys['due:holds'], plan.remove_due, 'zset')
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
  plan.command('HSET', keys.stock, plan.put_stock)
  plan.command('ZADD', keys.skus, plan.add_sku, 'zset')
end

function plan.counts()
  local names, was, is = counts.names, counts.before, counts.now
  for index = 1, names.n do
    local key = names[index]
    local before, units = was[key], is[key]
    if before ~= units and units == 0 then add(plan.delete_count, key) end
    if before ~= units and units > 0 then append(plan.put_count, key, digits(units)) end
  end
  plan.command('HSET', keys.counts, plan.put_count)
  plan.command('HDEL', keys.counts, plan.delete_count)
end

-- The lane's last ticket lives with the short records, and goes as they go when a process is no more.
function plan.requests()
  append(new_requests.short, batch.lane_field, digits(batch.ticket))
  plan.command('HSET', batch.short.current, new_requests.short)
  plan.command('HSET', batch.long.current, new_requests.long)
end

function plan.list_change(before, after, key)
  local list_before, list_after = before and before[LIST], after and after[LIST]
  if list_before == list_after then return end
  if list_before then add(plan.leave[list_before], key) end
  if list_after then append(plan.enter[list_after], '0', key) end
  plan.lists_change = true
end

function plan.document_lists()
  for name in pairs(LISTS) do
    plan.command('ZREM', keys['orders:' .. name], plan.leave[name], 'zset')
    plan.command('ZADD', keys['orders:' .. name], plan.enter[name], 'zset')
  end
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
  plan.command('HSET', keys.docs, plan.put_document)
  plan.command('HDEL', keys.docs, plan.delete_document)
  if plan.lists_change then plan.document_lists() end
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
  plan.command('ZADD', keys['due:docs'], plan.add_due_document)
  plan.command('ZREM', keys['due:docs'], plan.remove_due_document)
end

-- A deadline that is put off leaves its place, as one that goes does.
function plan.note_document(before, after)
  if before then plan.removes = true end
  if after and after < plan.earliest_added then plan.earliest_added = after end
end

local function plan_writes()
  plan.holds()
  plan.stock()
  plan.counts()
  plan.requests()
  plan.documents()
  plan.due_documents()
end
