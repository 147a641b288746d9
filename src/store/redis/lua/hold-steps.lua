-- reserve, resize, extend, pin, transfer: src/domain/machine/hold-steps.ts
function steps.reserve(at)
  local hold_id, sku, min, want, ttl_ms, owner, customer = unpack(input, at + 1, at + 7)
  local before = get_stock(sku)
  if not before then return unknown_sku(sku) end
  if get_hold(hold_id) then return 'hold_exists', { holdId = hold_id } end
  local units, reason, meta, of = decide_grant(sku, before, min, want, customer, 0)
  if not units then return reason, meta, of end
  local counted = is_counted(customer, before[LIMIT])
  if counted then add_to_count(customer, sku, units) end
  move_hold('reserved', units, before, before[RESERVED] + units, hold_id, { sku, units, HELD, tx_at + ttl_ms, tx_at,
    owner, customer == owner and '' or customer, counted, tx_sequence, false })
  grant(units)
end

-- The units that come or go; or nil with the reason, its meta and the SKU.
local function decide_resize(hold, record, min, want, quantity_max)
  if hold[QUANTITY] + want > quantity_max then return nil, 'quantity_limit', { limit = quantity_max } end
  if want <= 0 then return want end
  return decide_grant(hold[SKU], record, min, want, customer_of(hold), hold[COUNTED] and 0 or hold[QUANTITY])
end

function steps.resize(at)
  local hold_id, owner, quantity, to, min, want, quantity_max = unpack(input, at + 1, at + 7)
  local hold, before, meta = live_hold(hold_id, owner, quantity)
  if not hold then return before, meta end
  if to then min, want = to - hold[QUANTITY], to - hold[QUANTITY] end
  local delta, reason, refused, of = decide_resize(hold, before, min, want, quantity_max)
  if not delta then return reason, refused, of end
  grant(delta)
  if delta == 0 then return end
  local resized = copy_hold(hold)
  resized[QUANTITY] = hold[QUANTITY] + delta
  resized[COUNTED] = hold[COUNTED] or is_counted(customer_of(hold), before[LIMIT])
  if resized[COUNTED] then
    add_to_count(customer_of(hold), hold[SKU], hold[COUNTED] and delta or resized[QUANTITY])
  end
  move_hold('resized', delta, before, before[RESERVED] + delta, hold_id, resized)
end

function steps.extend(at)
  local hold_id, owner, ttl_ms, lifetime_ms = unpack(input, at + 1, at + 4)
  local hold, reason, meta = live_hold(hold_id, owner, false)
  if not hold then return reason, meta end
  local expires_at = math.min(tx_at + ttl_ms, hold[CREATED_AT] + lifetime_ms)
  if expires_at <= hold[EXPIRES_AT] then return end
  local extended = copy_hold(hold)
  extended[EXPIRES_AT] = expires_at
  set_hold(hold_id, extended)
end

-- The hold as another owner's, for a customer who may be that owner.
local function handed_over(hold, owner, customer)
  local copy = copy_hold(hold)
  copy[OWNER], copy[CUSTOMER] = owner, customer == owner and '' or customer
  return copy
end

function steps.pin(at)
  local hold_id, owner, quantity, window_ms, to_owner = unpack(input, at + 1, at + 5)
  local hold, before, meta = live_hold(hold_id, owner, quantity)
  if not hold then return before, meta end
  local pinned = handed_over(hold, to_owner, customer_of(hold))
  pinned[STATE], pinned[EXPIRES_AT] = PINNED, tx_at + window_ms
  move_hold('pinned', hold[QUANTITY], before, before[RESERVED], hold_id, pinned)
end

-- Moves a hold's units from one customer's count to another's. Whether they count now; or nil with the refusal.
local function change_customer(hold, record, customer)
  local sku, quantity, limit = hold[SKU], hold[QUANTITY], record[LIMIT]
  local already = get_count(count_key(customer, sku))
  if limit and already + quantity > limit then return nil, limit_exceeded(sku, limit, already) end
  if hold[COUNTED] then add_to_count(customer_of(hold), sku, -quantity) end
  local counted = is_counted(customer, limit)
  if counted then add_to_count(customer, sku, quantity) end
  return counted
end

local function transferred_deadline(hold, ttl_ms, lifetime_ms)
  if not ttl_ms then return hold[EXPIRES_AT] end
  return math.min(tx_at + ttl_ms, lifetime_ms and hold[CREATED_AT] + lifetime_ms or math.huge)
end

function steps.transfer(at)
  local hold_id, owner, quantity, to_owner, to_customer, ttl_ms, lifetime_ms = unpack(input, at + 1, at + 7)
  local hold, before, meta = live_hold(hold_id, owner, quantity)
  if not hold then return before, meta end
  local customer, counted = to_customer or customer_of(hold), hold[COUNTED]
  if customer ~= customer_of(hold) then
    local reason, refused, of
    counted, reason, refused, of = change_customer(hold, before, customer)
    if counted == nil then return reason, refused, of end
  end
  local moved = handed_over(hold, to_owner, customer)
  moved[STATE], moved[COUNTED], moved[EXPIRES_AT] = HELD, counted, transferred_deadline(hold, ttl_ms, lifetime_ms)
  move_hold('transferred', hold[QUANTITY], before, before[RESERVED], hold_id, moved)
end
