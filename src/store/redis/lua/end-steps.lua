-- release, consume, and the end of an overdue hold: src/domain/machine/end-steps.ts
local function ended(hold, state)
  local copy = copy_hold(hold)
  copy.state, copy.ended_at = state, context.at
  return copy
end

-- The units of a live hold become available again, and count no more for its customer.
local function free_units(hold, before, state)
  local after = copy_stock(before)
  after.reserved = before.reserved - hold.quantity
  move(state, hold.quantity, before, after, ended(hold, state))
  if hold.counted then add_to_count(hold.customer, hold.sku, -hold.quantity) end
end

local function release(step)
  local hold_id, owner, quantity, expired_is_fine = step[2], step[3], step[4], step[5]
  local hold, before, meta = live_hold(hold_id, owner, quantity)
  if hold then return free_units(hold, before, 'released') end
  if expired_is_fine and before == 'hold_not_active' and meta.state == 'expired' then return end
  return before, meta
end

local function consume(step)
  local hold_id, owner, quantity = step[2], step[3], step[4]
  local hold, before, meta = live_hold(hold_id, owner, quantity)
  if not hold then return before, meta end
  local after = copy_stock(before)
  after.on_hand = before.on_hand - hold.quantity
  after.reserved = before.reserved - hold.quantity
  after.sold = before.sold + hold.quantity
  move('consumed', hold.quantity, before, after, ended(hold, 'consumed'))
end
