-- Citations in a buffer: what is shown of them, and where they lead. Only what the server says to be a citation is a link.

local place = require('codecompass.place')

local M = {}

---@alias codecompass.Target { uri: string, range?: lsp.Range }

local space = vim.api.nvim_create_namespace('codecompass.links')
-- Where the marks of each buffer lead.
---@type table<integer, table<integer, codecompass.Target>>
local targets = {}

---@param buffer integer
---@param row integer
---@param column integer
---@param end_row integer
---@param end_column integer
---@param citation table
function M.add(buffer, row, column, end_row, end_column, citation)
  local broken = not citation.verified
  local reason = (citation.path and citation.path .. ': ' or '') .. (citation.reason or 'not checked')
  local mark = vim.api.nvim_buf_set_extmark(buffer, space, row, column, {
    end_row = end_row,
    end_col = end_column,
    hl_group = broken and 'CodeCompassBroken' or 'CodeCompassCitation',
    virt_lines = broken and { { { '  ✗ ' .. reason, 'CodeCompassReason' } } } or nil,
    -- What is written over it takes it away.
    invalidate = true,
    undo_restore = false,
  })
  if citation.uri then
    targets[buffer] = targets[buffer] or {}
    targets[buffer][mark] = { uri = citation.uri, range = citation.range }
  end
end

---The citations of an answer.
---@param buffer integer
---@param first integer The row where its text begins.
---@param citations table[]
function M.add_all(buffer, first, citations)
  local encoding = place.encoding()
  local function bytes(position)
    local row = first + position.line
    local line = vim.api.nvim_buf_get_lines(buffer, row, row + 1, false)[1]
    if line then
      return row, vim.str_byteindex(line, encoding, position.character, false)
    end
  end
  for _, citation in ipairs(citations) do
    local row, column = bytes(citation.textRange.start)
    local end_row, end_column = bytes(citation.textRange['end'])
    if row and end_row then
      M.add(buffer, row, column, end_row, end_column, citation)
    end
  end
end

---@param buffer integer
---@param first integer
---@param last integer Inclusive.
function M.clear(buffer, first, last)
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(buffer, space, { first, 0 }, { last, -1 }, {})) do
    vim.api.nvim_buf_del_extmark(buffer, space, mark[1])
    if targets[buffer] then
      targets[buffer][mark[1]] = nil
    end
  end
end

---Where the citation under the cursor leads, or the only one in its line.
---@return codecompass.Target?
function M.under_cursor()
  local buffer = vim.api.nvim_get_current_buf()
  local known = targets[buffer] or {}
  local cursor = vim.api.nvim_win_get_cursor(0)
  local row, column = cursor[1] - 1, cursor[2]
  local marks = vim.api.nvim_buf_get_extmarks(
    buffer,
    space,
    { row, 0 },
    { row, -1 },
    { details = true, overlap = true }
  )
  local in_line = {}
  for _, mark in ipairs(marks) do
    local target = known[mark[1]]
    if target and not mark[4].invalid then
      local starts = mark[2] < row or mark[3] <= column
      local ends = mark[4].end_row > row or mark[4].end_col > column
      if starts and ends then
        return target
      end
      table.insert(in_line, target)
    end
  end
  return #in_line == 1 and in_line[1] or nil
end

---Goes to the code that the citation under the cursor names.
---@param sources? table[] Those of an answer that is not complete yet.
function M.follow(sources)
  local target = M.under_cursor()
  if not target then
    -- While it is written, a number still names its source.
    local line, column = vim.api.nvim_get_current_line(), vim.api.nvim_win_get_cursor(0)[2] + 1
    for from, number, to in line:gmatch('()%[(%d+)%]()') do
      if from <= column and column < to then
        target = vim.iter(sources or {}):find(function(source)
          return source.n == tonumber(number)
        end)
      end
    end
  end
  if not target then
    return require('codecompass.notice').say('there is no citation under the cursor')
  end
  place.go(target)
end

---@param buffer integer
function M.forget(buffer)
  targets[buffer] = nil
end

-- What the user's colours say comes first.
local function highlights()
  vim.api.nvim_set_hl(0, 'CodeCompassCitation', { link = '@markup.link.label', default = true })
  vim.api.nvim_set_hl(0, 'CodeCompassBroken', { link = 'DiagnosticUnderlineWarn', default = true })
  vim.api.nvim_set_hl(0, 'CodeCompassReason', { link = 'DiagnosticVirtualTextWarn', default = true })
  vim.api.nvim_set_hl(0, 'CodeCompassNote', { link = 'Comment', default = true })
end
highlights()
vim.api.nvim_create_autocmd('ColorScheme', { group = 'codecompass', callback = highlights })

return M
