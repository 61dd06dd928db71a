-- Where pickers get their items from. A picker that shows results while one types asks again with every key: requests
-- that nobody waits for any more are taken back.

local hits = require('codecompass.hits')
local options = require('codecompass.options')
local request = require('codecompass.request')

local M = {}

---What a picker shows: what was found already, or what `search` finds.
---@class codecompass.Source
---@field title string
---@field query string What is searched for at first.
---@field items? codecompass.Item[]
---@field search fun(query: string, done: fun(items: codecompass.Item[], problem?: string)) The latest search wins.
---@field cancel fun()

---@param query string
---@param limit? integer
---@param done fun(problem?: string, items?: codecompass.Item[], notes?: string[])
---@return codecompass.Request
function M.once(query, limit, done)
  local params = { query = query, limit = limit or options.get().search.limit }
  return request.send('codecompass/search', params, function(problem, result)
    if problem then
      return done(problem)
    end
    local items, notes = hits.items(result)
    done(nil, items, notes)
  end)
end

---What was found already.
---@param title string
---@param items codecompass.Item[]
---@return codecompass.Source
function M.found(title, items)
  return { title = title, query = '', items = items, search = function() end, cancel = function() end }
end

---A search that follows what is typed.
---@param query? string
---@param limit? integer
---@return codecompass.Source
function M.live(query, limit)
  local source = M.found('Search', {})
  source.query, source.items = query or '', nil
  local current = nil ---@type codecompass.Request?
  local timer = nil ---@type any
  local first = true
  local superseded = nil ---@type fun(items: codecompass.Item[])?

  function source.cancel()
    if timer then
      timer:stop()
      timer:close()
      timer = nil
    end
    if current then
      current.cancel()
      current = nil
    end
    -- Whoever waits for it has to hear that nothing comes.
    local waiter = superseded
    superseded = nil
    if waiter then
      waiter({})
    end
  end

  function source.search(text, done)
    source.cancel()
    if vim.trim(text) == '' then
      return done({})
    end
    superseded = done
    local function ask()
      current = M.once(text, limit, function(problem, items)
        current, superseded = nil, nil
        done(items or {}, problem)
      end)
    end
    -- What was typed before the picker opened waits for nothing.
    local wait = first and 0 or options.get().search.debounce
    first = false
    if wait == 0 then
      return ask()
    end
    timer = assert(vim.uv.new_timer())
    timer:start(
      wait,
      0,
      vim.schedule_wrap(function()
        -- Stopped in the meantime.
        if not timer then
          return
        end
        timer:close()
        timer = nil
        ask()
      end)
    )
  end

  return source
end

return M
