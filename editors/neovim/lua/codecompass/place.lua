-- Places in code: where the user is, what is selected, and how to go somewhere.

local M = {}

---Lines from 1; with columns (bytes from 0, the end exclusive) when part of a line was selected.
---@class codecompass.Lines
---@field first integer
---@field last integer
---@field first_column? integer
---@field last_column? integer

---The encoding of characters in positions.
---@return 'utf-8'|'utf-16'|'utf-32'
function M.encoding()
  local client = require('codecompass.server').client()
  return client and client.offset_encoding --[[@as 'utf-8'|'utf-16'|'utf-32']] or 'utf-8'
end

---The lines of a command's range, with columns when they are those of a characterwise selection.
---@param call vim.api.keyset.create_user_command.command_args
---@return codecompass.Lines?
function M.of_range(call)
  if call.range == 0 then
    return nil
  end
  local lines = { first = call.line1, last = call.line2 } ---@type codecompass.Lines
  local from, to = vim.fn.getpos("'<"), vim.fn.getpos("'>")
  if call.range == 2 and vim.fn.visualmode() == 'v' and from[2] == lines.first and to[2] == lines.last then
    local last = vim.fn.getline(lines.last) --[[@as string]]
    lines.first_column = from[3] - 1
    -- The selection includes the character under its end.
    local under = vim.fn.strpart(last, to[3] - 1, 1, true)
    lines.last_column = math.min(to[3] - 1 + #under, #last)
  end
  return lines
end

---@param buffer integer
---@param row integer From 0.
---@param column integer Bytes.
---@return lsp.Position
local function position(buffer, row, column)
  local line = vim.api.nvim_buf_get_lines(buffer, row, row + 1, false)[1] or ''
  local character = vim.str_utfindex(line, M.encoding(), math.min(column, #line), false)
  return { line = row, character = character }
end

---A range of the protocol; without lines the place of the cursor.
---@param lines? codecompass.Lines
---@return lsp.Range
function M.range(lines)
  local buffer = vim.api.nvim_get_current_buf()
  if not lines then
    local cursor = vim.api.nvim_win_get_cursor(0)
    local here = position(buffer, cursor[1] - 1, cursor[2])
    return { start = here, ['end'] = here }
  end
  local last = vim.api.nvim_buf_get_lines(buffer, lines.last - 1, lines.last, false)[1] or ''
  return {
    start = position(buffer, lines.first - 1, lines.first_column or 0),
    ['end'] = position(buffer, lines.last - 1, lines.last_column or #last),
  }
end

---Whether a buffer is a file that a question can be about.
---@param buffer integer
---@return boolean
function M.is_file(buffer)
  local name = vim.api.nvim_buf_get_name(buffer)
  return vim.bo[buffer].buftype == '' and name ~= '' and not name:find('^%a[%w+.-]+://')
end

---The current file, or why there is none.
---@return string? uri, string? problem
function M.current_uri()
  local buffer = vim.api.nvim_get_current_buf()
  if M.is_file(buffer) then
    return vim.uri_from_bufnr(buffer)
  end
  return nil, 'this is no file; go to the code first'
end

---The window where code is: the current one, the one before it, or any other that shows a file.
---@return integer?
function M.code_window()
  local function shows_code(window)
    local is_window = window ~= 0 and vim.api.nvim_win_is_valid(window)
    if not is_window or vim.api.nvim_win_get_config(window).relative ~= '' then
      return false
    end
    return vim.bo[vim.api.nvim_win_get_buf(window)].buftype == '' and not vim.wo[window].winfixbuf
  end
  local windows = { vim.api.nvim_get_current_win(), vim.fn.win_getid(vim.fn.winnr('#')) }
  vim.list_extend(windows, vim.api.nvim_tabpage_list_wins(0))
  return vim.iter(windows):find(shows_code)
end

---What is in front of the user: the file in the window where code is.
---@return { uri: string }?
function M.editor()
  local window = M.code_window()
  local buffer = window and vim.api.nvim_win_get_buf(window)
  if buffer and M.is_file(buffer) then
    return { uri = vim.uri_from_bufnr(buffer) }
  end
end

-- The byte in a line of a buffer that a position of the protocol names.
---@param buffer integer
---@param at lsp.Position
---@return integer row, integer column
local function cursor_of(buffer, at)
  -- The file may have become shorter.
  local row = math.min(at.line, vim.api.nvim_buf_line_count(buffer) - 1)
  local line = vim.api.nvim_buf_get_lines(buffer, row, row + 1, false)[1] or ''
  return row + 1, vim.str_byteindex(line, M.encoding(), at.character, false)
end

---Goes to a place, in a window where code is; CTRL-O and CTRL-T lead back.
---@param target { uri: string, range?: lsp.Range }
function M.go(target)
  local file = vim.uri_to_fname(target.uri)
  if not vim.uv.fs_stat(file) and vim.fn.bufexists(file) == 0 then
    return require('codecompass.notice').warn(vim.fn.fnamemodify(file, ':~:.') .. ' is gone')
  end
  local window = M.code_window()
  if window then
    vim.api.nvim_set_current_win(window)
  else
    -- A chat or a help page keeps its window.
    vim.cmd('topleft vnew')
  end
  vim.cmd("normal! m'")
  local from = vim.fn.getpos('.')
  from[1] = vim.api.nvim_get_current_buf()
  vim.fn.settagstack(vim.fn.win_getid(), { items = { { tagname = 'CodeCompass', from = from } } }, 't')
  local buffer = vim.uri_to_bufnr(target.uri)
  vim.bo[buffer].buflisted = true
  vim.api.nvim_win_set_buf(0, buffer)
  vim.fn.bufload(buffer)
  vim.api.nvim_win_set_cursor(
    0,
    { cursor_of(buffer, target.range and target.range.start or { line = 0, character = 0 }) }
  )
  -- Folds would hide what was asked for.
  vim.cmd('normal! zv')
end

return M
