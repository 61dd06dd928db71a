-- `vim.ui.select`, whatever the user has made of it.

local hits = require('codecompass.hits')
local notice = require('codecompass.notice')
local place = require('codecompass.place')

local M = {}

function M.usable()
  return true
end

---Gives the items of a source, for pickers that do not search while one types.
---@param source codecompass.Source
---@param show fun(items: codecompass.Item[], title: string)
function M.gather(source, show)
  if source.items then
    return show(source.items, source.title)
  end
  local function search(query)
    source.search(query, function(items, problem)
      if problem then
        return notice.fail(problem)
      end
      if #items == 0 then
        return notice.say(('nothing was found for "%s"'):format(query))
      end
      show(items, query)
    end)
  end
  if source.query ~= '' then
    return search(source.query)
  end
  vim.ui.input({ prompt = 'Search: ' }, function(query)
    if query and vim.trim(query) ~= '' then
      search(query)
    end
  end)
end

-- Neovim's own `vim.ui.select` writes a list and asks for a number: what does not fit on the screen is paged through first.
---@param items codecompass.Item[]
---@return codecompass.Item[]
local function that_fit(items)
  local is_own = debug.getinfo(vim.ui.select, 'S').source:find('vim/ui.lua', 1, true)
  return is_own and vim.list_slice(items, 1, math.max(vim.o.lines - 4, 1)) or items
end

---@param source codecompass.Source
function M.open(source)
  M.gather(source, function(items, title)
    items = that_fit(items)
    local longest = vim.iter(items):fold(0, function(most, found)
      return math.max(most, vim.api.nvim_strwidth(hits.place(found)))
    end)
    vim.ui.select(items, {
      prompt = title,
      kind = 'codecompass.hit',
      format_item = function(found)
        local where = hits.place(found)
        local padding = (' '):rep(longest - vim.api.nvim_strwidth(where))
        return ('%s%s  %.2f  %s'):format(where, padding, found.score, hits.label(found))
      end,
    }, function(found)
      if found then
        vim.cmd("normal! m'")
        place.go(found)
      end
    end)
  end)
end

return M
