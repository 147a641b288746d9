-- reserve, resize, extend, pin, transfer: src/domain/machine/hold-steps.ts
local function reserve(step)
  local hold_id, sku, min, want, ttl_ms, owner, customer = unpack(step, 2, 8)
  local before = get(stock, sku)
  if not before then return unknown_sku(sku) end
  if get(holds, hold_id) then return 'hold_exists', { holdId = hold_id } end
  local units, reason, meta, of = decide_grant(before, min, want, customer, 0)
  if not units then return reason, meta, of end
  local counted = is_counted(customer, before.limit)
  local hold = { id = hold_id, sku = sku, quantity = units, state = 'held', expires_at = context.at + ttl_ms,
    created_at = context.at, owner = owner, customer = customer, counted = counted, version = 0, ended_at = false }
  if counted then add_to_count(customer, sku, units) end
  local after = copy_stock(before)
  after.reserved = before.reserved + units
  move('reserved', units, before, after, hold)
  table.insert(context.granted, units)
end

-- The units that come or go; or nil with the reason, its meta and the SKU.
local function decide_resize(hold, record, min, want, quantity_max)
  if hold.quantity + want > quantity_max then return nil, 'quantity_limit', { limit = quantity_max } end
  if want <= 0 then return want end
  return decide_grant(record, min, want, hold.customer, hold.counted and 0 or hold.quantity)
end

local function resize(step)
  local hold_id, owner, quantity, to, min, want, quantity_max = unpack(step, 2, 8)
  local hold, before, meta, of = live_hold(hold_id, owner, quantity)
  if not hold then return before, meta end
  if to then min, want = to - hold.quantity, to - hold.quantity end
  local delta, reason
  delta, reason, meta, of = decide_resize(hold, before, min, want, quantity_max)
  if not delta then return reason, meta, of end
  table.insert(context.granted, delta)
  if delta == 0 then return end
  local resized = copy_hold(hold)
  resized.quantity = hold.quantity + delta
  resized.counted = hold.counted or is_counted(hold.customer, before.limit)
  if resized.counted then add_to_count(hold.customer, hold.sku, hold.counted and delta or resized.quantity) end
  local after = copy_stock(before)
  after.reserved = before.reserved + delta
  move('resized', delta, before, after, resized)
end

local function extend(step)
  local hold_id, owner, ttl_ms, lifetime_ms = unpack(step, 2, 5)
  local hold, reason, meta = live_hold(hold_id, owner, false)
  if not hold then return reason, meta end
  local expires_at = math.min(context.at + ttl_ms, hold.created_at + lifetime_ms)
  if expires_at <= hold.expires_at then return end
  local extended = copy_hold(hold)
  extended.expires_at, extended.version = expires_at, context.sequence
  set(holds, hold_id, extended)
end

local function pin(step)
  local hold_id, owner, quantity, window_ms, to_owner = unpack(step, 2, 6)
  local hold, before, meta = live_hold(hold_id, owner, quantity)
  if not hold then return before, meta end
  local pinned = copy_hold(hold)
  pinned.state, pinned.expires_at, pinned.owner = 'pinned', context.at + window_ms, to_owner
  move('pinned', hold.quantity, before, copy_stock(before), pinned)
end

-- Moves a hold's units from one customer's count to another's. Whether they count now; or nil with the refusal.
local function change_customer(hold, record, customer)
  local already = get(counts, count_key(customer, hold.sku))
  if record.limit and already + hold.quantity > record.limit then
    return nil, limit_exceeded(hold.sku, record.limit, already)
  end
  if hold.counted then add_to_count(hold.customer, hold.sku, -hold.quantity) end
  local counted = is_counted(customer, record.limit)
  if counted then add_to_count(customer, hold.sku, hold.quantity) end
  return counted
end

local function transferred_deadline(hold, ttl_ms, lifetime_ms)
  if not ttl_ms then return hold.expires_at end
  local cap = lifetime_ms and hold.created_at + lifetime_ms or math.huge
  return math.min(context.at + ttl_ms, cap)
end

local function transfer(step)
  local hold_id, owner, quantity, to_owner, to_customer, ttl_ms, lifetime_ms = unpack(step, 2, 8)
  local hold, before, meta = live_hold(hold_id, owner, quantity)
  if not hold then return before, meta end
  local moved = copy_hold(hold)
  if to_customer and to_customer ~= hold.customer then
    local counted, reason, refused, of = change_customer(hold, before, to_customer)
    if counted == nil then return reason, refused, of end
    moved.customer, moved.counted = to_customer, counted
  end
  moved.state, moved.owner = 'held', to_owner
  moved.expires_at = transferred_deadline(hold, ttl_ms, lifetime_ms)
  move('transferred', hold.quantity, before, copy_stock(before), moved)
end
