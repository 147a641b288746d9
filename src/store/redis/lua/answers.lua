-- Each transaction whole or not at all: src/domain/machine/run-batch.ts. An answer is an array that begins with a word.
local STEPS = { configure = configure, adjust = adjust, count = count, reserve = reserve, resize = resize,
  extend = extend, pin = pin, transfer = transfer, release = release, consume = consume, ['return'] = give_back,
  put = put, drop = drop }
local new_requests = {}

local function replay(transaction)
  local request = get(requests, transaction[1])
  if not request then return end
  if request.fingerprint ~= transaction[2] then return { 'refused', false, 'idempotency_mismatch', {} } end
  return { 'replayed', request.sequence, request.at, request.reference, request.granted }
end

local function perform(steps)
  for index, step in ipairs(steps) do
    local reason, meta, sku = STEPS[step[1]](step)
    if reason then
      if sku and reclaimed.behind[sku] then return { 'behind', sku } end
      return { 'refused', index - 1, reason, meta }
    end
  end
end

local function commit(transaction)
  keep_changes()
  batch.sequence = context.sequence
  local record = { fingerprint = transaction[2], sequence = context.sequence, at = context.at,
    reference = transaction[4], granted = context.granted }
  requests.now[transaction[1]] = record
  new_requests[#new_requests + 1] = { id = transaction[1], long = transaction[3], record = record }
  return { 'applied', context.sequence, context.granted }
end

local function attempt(transaction)
  local replayed = replay(transaction)
  if replayed then return replayed end
  local refused = perform(transaction[6])
  if not refused then return commit(transaction) end
  undo_transaction()
  return refused
end

local function answer(transaction)
  begin_transaction(batch.sequence + 1, transaction[5])
  local ok, result = pcall(attempt, transaction)
  if ok then return result end
  undo_transaction()
  return { 'failed', describe_failure(result) }
end
