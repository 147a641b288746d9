-- What the steps of one transaction share, and what they write: src/domain/machine/step-context.ts, answer for answer.
-- A step returns nothing, or a reason and its meta; and the SKU whose overdue holds, once reclaimed, might turn it.
local context = { at = 0, sequence = 0, cause = '', granted = {}, entries = 0 }
local ledger = {}

local function unknown_sku(sku)
  return 'unknown_sku', { sku = sku }
end

local function conflict(key)
  return 'conflict', { key = key }
end

local function available_of(record)
  return math.max(0, record.on_hand - record.reserved - record.safety)
end

local function count_key(customer, sku)
  return customer .. ' ' .. sku
end

local function add_to_count(customer, sku, units)
  local key = count_key(customer, sku)
  set(counts, key, exact(math.max(0, get(counts, key) + units)))
end

local function next_entry_id()
  local id = context.sequence_digits .. '-' .. context.entries
  context.entries = context.entries + 1
  return id
end

local function copy_stock(s)
  return { sku = s.sku, on_hand = s.on_hand, reserved = s.reserved, sold = s.sold, safety = s.safety, limit = s.limit,
    version = s.version, at = s.at, last = s.last, title = s.title, amount = s.amount, currency = s.currency }
end

local function copy_hold(h)
  return { id = h.id, sku = h.sku, quantity = h.quantity, state = h.state, expires_at = h.expires_at,
    created_at = h.created_at, owner = h.owner, customer = h.customer, counted = h.counted, version = h.version,
    ended_at = h.ended_at }
end

-- Sets the SKU's new counters and the movement that explains them, and the hold where there is one.
local function move(kind, quantity, before, after, hold)
  if after.reserved < 0 or after.on_hand < after.reserved then
    error('Error: counters of ' .. after.sku .. ' do not add up', 0)
  end
  exact(after.sold)
  local id = next_entry_id()
  ledger[#ledger + 1] = { id = id, fields = { context.at, kind, after.sku, quantity, before.on_hand, after.on_hand,
    before.reserved, after.reserved, hold and hold.id or false, hold and hold.owner or false, before.last,
    context.cause } }
  after.version, after.at, after.last = context.sequence, context.at, id
  set(stock, after.sku, after)
  if hold then
    hold.version = context.sequence
    set(holds, hold.id, hold)
  end
end

local function begin_transaction(sequence, cause)
  context.sequence, context.sequence_digits, context.cause = sequence, digits(sequence), cause
  context.granted, context.entries, context.ledger_mark = {}, 0, #ledger
end

local function undo_transaction()
  undo_changes()
  for index = #ledger, context.ledger_mark + 1, -1 do ledger[index] = nil end
end
