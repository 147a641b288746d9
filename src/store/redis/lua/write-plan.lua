-- What a batch writes, as few commands of many arguments. Everything is encoded here, before the first write, since a
-- script that fails between two writes keeps the first.
local plan = { commands = {}, due_skus = {}, due_added = {}, due_removed = {} }

function plan.arguments_of(command, key)
  local arguments = {}
  table.insert(plan.commands, { command = command, key = key, arguments = arguments })
  return arguments
end

function plan.note_due(of, sku, at)
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
  local put_live, put_ended = plan.arguments_of('HSET', keys.holds), plan.arguments_of('HSET', batch.ended.current)
  local delete_live = plan.arguments_of('HDEL', keys.holds)
  local add_due, remove_due = plan.arguments_of('ZADD', keys['due:holds']), plan.arguments_of('ZREM', keys['due:holds'])
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
end

function plan.stock()
  local put_stock, add_sku = plan.arguments_of('HSET', keys.stock), plan.arguments_of('ZADD', keys.skus)
  for _, sku in ipairs(stock.keys) do
    local before, after = stock.before[sku], stock.now[sku]
    if before ~= after then
      append(put_stock, sku, encode_stock(after))
      if not before then append(add_sku, '0', sku) end
    end
  end
end

function plan.counts()
  local put_count, delete_count = plan.arguments_of('HSET', keys.counts), plan.arguments_of('HDEL', keys.counts)
  for _, key in ipairs(counts.keys) do
    local before, units = counts.before[key], counts.now[key]
    if before ~= units and units == 0 then delete_count[#delete_count + 1] = key end
    if before ~= units and units > 0 then append(put_count, key, digits(units)) end
  end
end

-- The lane's last ticket lives with the short records, and goes as they go when a process is no more.
function plan.requests()
  append(new_requests.short, batch.lane_field, digits(batch.ticket))
  for _, family in ipairs({ 'short', 'long' }) do
    table.insert(plan.commands, { command = 'HSET', key = batch[family].current, arguments = new_requests[family] })
  end
end

function plan.list_change(before, after, key)
  local list_before, list_after = before and before[LIST], after and after[LIST]
  if list_before == list_after then return end
  if list_before then append(plan.arguments_of('ZREM', keys['orders:' .. list_before]), key) end
  if list_after then append(plan.arguments_of('ZADD', keys['orders:' .. list_after]), '0', key) end
end

function plan.documents()
  local put_document, delete_document = plan.arguments_of('HSET', keys.docs), plan.arguments_of('HDEL', keys.docs)
  for _, key in ipairs(documents.keys) do
    local before, after = documents.before[key], documents.now[key]
    if before ~= after then
      if after then append(put_document, key, encode_document(after)) else delete_document[#delete_document + 1] = key end
      plan.list_change(before, after, key)
    end
  end
  local add_due, remove_due = plan.arguments_of('ZADD', keys['due:docs']), plan.arguments_of('ZREM', keys['due:docs'])
  for _, key in ipairs(dues.keys) do
    local before, after = dues.before[key], dues.now[key]
    if after and after ~= before then append(add_due, digits_of[after], key) end
    if before and not after then remove_due[#remove_due + 1] = key end
  end
end

local function plan_writes()
  plan.holds()
  plan.stock()
  plan.counts()
  plan.requests()
  plan.documents()
end
