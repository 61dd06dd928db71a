-- Where the chat is shown.

local folds = require('codecompass.folds')
local options = require('codecompass.options')

local M = {}

---The window of this tab page that shows a buffer.
---@param buffer integer
---@return integer?
function M.of(buffer)
  return vim.iter(vim.api.nvim_tabpage_list_wins(0)):find(function(window)
    return vim.api.nvim_win_get_buf(window) == buffer
  end)
end

-- Any window of this tab page that shows a chat.
local function any()
  return vim.iter(vim.api.nvim_tabpage_list_wins(0)):find(function(window)
    return vim.b[vim.api.nvim_win_get_buf(window)].codecompass_chat ~= nil
  end)
end

local function extent(size, whole)
  return math.max(math.floor(size < 1 and size * whole or size), 10)
end

---@param buffer integer
---@param mods table As of `nvim_cmd()`.
---@param size? table<string, integer>
local function split(buffer, mods, size)
  vim.cmd({ cmd = 'sbuffer', args = { tostring(buffer) }, mods = mods })
  local window = vim.api.nvim_get_current_win()
  if size and size.width then
    vim.api.nvim_win_set_width(window, size.width)
  elseif size then
    vim.api.nvim_win_set_height(window, size.height)
  end
end

---Shows a chat and goes there.
---@param buffer integer
function M.open(buffer)
  local window = M.of(buffer) or any()
  if window then
    vim.api.nvim_set_current_win(window)
    if vim.api.nvim_win_get_buf(window) ~= buffer then
      vim.api.nvim_win_set_buf(window, buffer)
    end
    return
  end
  local chosen = options.get().chat
  local width, height = extent(chosen.size, vim.o.columns), extent(chosen.size, vim.o.lines)
  if chosen.position == 'right' then
    split(buffer, { vertical = true, split = 'botright' }, { width = width })
  elseif chosen.position == 'left' then
    split(buffer, { vertical = true, split = 'topleft' }, { width = width })
  elseif chosen.position == 'below' then
    split(buffer, { split = 'botright' }, { height = height })
  elseif chosen.position == 'above' then
    split(buffer, { split = 'topleft' }, { height = height })
  else
    split(buffer, { tab = vim.fn.tabpagenr() })
  end
end

---Hides a chat; what is being answered goes on.
---@param buffer integer
function M.close(buffer)
  local window = M.of(buffer)
  if not window then
    return
  end
  if #vim.api.nvim_list_wins() == 1 then
    -- The last window stays, with something else in it.
    vim.cmd.enew()
  else
    vim.api.nvim_win_close(window, false)
  end
end

---How a chat looks in a window; these settings end when something else is shown there.
---@param window integer
---@param title string
function M.dress(window, title)
  local here = vim.wo[window][0]
  here.wrap = true
  here.linebreak = true
  here.breakindent = true
  here.number = false
  here.relativenumber = false
  here.signcolumn = 'no'
  here.list = false
  here.spell = false
  here.conceallevel = 0
  here.winbar = ' ' .. title:gsub('%%', '%%%%')
  folds.show_in(window)
end

return M
