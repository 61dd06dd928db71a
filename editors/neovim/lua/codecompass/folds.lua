-- What may be folded in a chat or an explanation: the reasoning, and the list of sources. A fold is a mark over its lines, so
-- that it stays right whatever is written above it, and finding a line's level looks at that line only.

local M = {}

local space = vim.api.nvim_create_namespace('codecompass.folds')

---Begins a fold that grows with what is written at its end.
---@param buffer integer
---@param row integer From 0.
---@return integer mark
function M.begin(buffer, row)
  return vim.api.nvim_buf_set_extmark(buffer, space, row, 0, {
    end_row = row,
    end_col = 0,
    right_gravity = false,
    end_right_gravity = true,
  })
end

---Ends it there.
---@param buffer integer
---@param mark integer
---@param row integer The last line.
function M.finish(buffer, mark, row)
  local at = vim.api.nvim_buf_get_extmark_by_id(buffer, space, mark, {})
  if at[1] then
    M.set(buffer, at[1], row, mark)
  end
end

---@param buffer integer
---@param first integer From 0.
---@param last integer Inclusive.
---@param mark? integer
---@return integer mark
function M.set(buffer, first, last, mark)
  local line = vim.api.nvim_buf_get_lines(buffer, last, last + 1, false)[1] or ''
  return vim.api.nvim_buf_set_extmark(buffer, space, first, 0, {
    id = mark,
    end_row = last,
    end_col = #line,
    right_gravity = false,
    end_right_gravity = false,
  })
end

---Removes those that begin in some lines.
---@param buffer integer
---@param first integer
---@param last integer Inclusive.
function M.clear(buffer, first, last)
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(buffer, space, { first, 0 }, { last, -1 }, {})) do
    vim.api.nvim_buf_del_extmark(buffer, space, mark[1])
  end
end

---For 'foldexpr'.
---@return string
function M.level()
  local row = vim.v.lnum - 1
  local mark = vim.api.nvim_buf_get_extmarks(0, space, { row, 0 }, { row, 0 }, { limit = 1, overlap = true })[1]
  if not mark then
    return '0'
  end
  return mark[2] == row and '>1' or '1'
end

---For 'foldtext'.
---@return string
function M.text()
  local heading = vim.fn.getline(vim.v.foldstart) --[[@as string]]
  local name = heading:gsub('^[>%s]+', ''):gsub('%*', '')
  local count = vim.v.foldend - vim.v.foldstart
  return ('▸ %s · %d %s '):format(name, count, count == 1 and 'line' or 'lines')
end

---@param window integer
function M.show_in(window)
  local here = vim.wo[window][0]
  here.foldmethod = 'expr'
  here.foldexpr = "v:lua.require'codecompass.folds'.level()"
  here.foldtext = "v:lua.require'codecompass.folds'.text()"
  here.foldlevel = 0
  here.foldenable = true
  here.foldcolumn = '0'
end

return M
