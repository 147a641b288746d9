-- What a batch writes, as few commands of many arguments. Everything is encoded here, before the first write, since a
-- script that fails between two writes keeps the first.
local plan = {}

function plan.forget()
  plan.commands, plan.due_skus, plan.due_added, plan.due_removed = {}, {}, {}, {}
  plan.earliest_added, plan.removes = math.huge, false
end

-- `expected` is the type of a key that the batch may not have read, and that might be of another one.
function plan.command(command, key, arguments, expected)
  if #arguments == 0 then return end
  plan.commands[#plan.commands + 1] = { command = command, key = key, arguments = arguments, expected = expected }
end

function plan.note_due(of, sku, at)
  if of == plan.due_removed then
    plan.removes = true
  elseif at < plan.earliest_added then
    plan.earliest_added = at
  end
  local least = of[sku]
  if least and least <= at then return end
  if not least and not plan.due_added[sku] and not plan.due_removed[sku] then table.insert(plan.due_skus, sku) end
  of[sku] = at
end

-- A hold's place in the index moves with its deadline, and goes when it ends.
function plan.position(hold_id, before, after, live, add_due, remove_due)
  if before and live and before[EXPIRES_AT] == after[EXPIRES_AT] then return end
  local sku = after[SKU]
  if before then
    remove_due[#remove_due + 1] = position_of(sku, before[EXPIRES_AT], hold_id)
    plan.note_due(plan.due_removed, sku, before[EXPIRES_AT])
  end
  if live then
    append(add_due, '0', position_of(sku, after[EXPIRES_AT], hold_id))
    plan.note_due(plan.due_added, sku, after[EXPIRES_AT])
  end
end

function plan.set_aside(remove_due)
  for _, position in ipairs(reclaim.set_aside) do
    local sku, expires_at = parse_position(position)
    remove_due[#remove_due + 1] = position
    plan.note_due(plan.due_removed, sku, expires_at)
  end
end

function plan.holds()
  local put_live, put_ended, delete_live, add_due, remove_due = {}, {}, {}, {}, {}
  local hold_ids, was, is = holds.keys, holds.before, holds.now
  for index = 1, #hold_ids do
    local hold_id = hold_ids[index]
    local before, after = was[hold_id], is[hold_id]
    if before ~= after then
      local live = after[STATE] <= PINNED
      append(live and put_live or put_ended, hold_id, encode_hold(after))
      if before and not live then delete_live[#delete_live + 1] = hold_id end
      plan.position(hold_id, before, after, live, add_due, remove_due)
    end
  end
  plan.set_aside(remove_due)
  plan.command('HSET', keys.holds, put_live)
  plan.command('HSET', batch.ended.current, put_ended, 'hash')
  plan.command('HDEL', keys.holds, delete_live)
  plan.command('ZADD', keys['due:holds'], add_due, 'zset')
  plan.command('ZREM', keys['due:holds'], remove_due, 'zset')
end

function plan.stock()
  local put_stock, add_sku, skus = {}, {}, stock.keys
  for index = 1, #skus do
    local sku = skus[index]
    local before, after = stock.before[sku], stock.now[sku]
    if before ~= after then
      append(put_stock, sku, encode_stock(after))
      if not before then append(add_sku, '0', sku) end
    end
  end
  plan.command('HSET', keys.stock, put_stock)
  plan.command('ZADD', keys.skus, add_sku, 'zset')
end

function plan.counts()
  local put_count, delete_count = {}, {}
  for _, key in ipairs(counts.keys) do
    local before, units = counts.before[key], counts.now[key]
    if before ~= units and units == 0 then delete_count[#delete_count + 1] = key end
    if before ~= units and units > 0 then append(put_count, key, digits(units)) end
  end
  plan.command('HSET', keys.counts, put_count)
  plan.command('HDEL', keys.counts, delete_count)
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
  if list_before then plan.command('ZREM', keys['orders:' .. list_before], { key }, 'zset') end
  if list_after then plan.command('ZADD', keys['orders:' .. list_after], { '0', key }, 'zset') end
end

function plan.documents()
  local put_document, delete_document = {}, {}
  for _, key in ipairs(documents.keys) do
    local before, after = documents.before[key], documents.now[key]
    if before ~= after then
      if after then append(put_document, key, encode_document(after)) else delete_document[#delete_document + 1] = key end
      plan.list_change(before, after, key)
    end
  end
  plan.command('HSET', keys.docs, put_document)
  plan.command('HDEL', keys.docs, delete_document)
end

function plan.due_documents()
  local add_due, remove_due = {}, {}
  for _, key in ipairs(dues.keys) do
    local before, after = dues.before[key], dues.now[key]
    if before ~= after then plan.note_document(before, after) end
    if after and after ~= before then append(add_due, digits_of[after], key) end
    if before and not after then remove_due[#remove_due + 1] = key end
  end
  plan.command('ZADD', keys['due:docs'], add_due)
  plan.command('ZREM', keys['due:docs'], remove_due)
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
