-- How the tests say what must be true. Each case is a sentence; they follow one another in one Neovim, as a person would go on
-- working. Every wait has a deadline.

local M = {}

local passed, failed = 0, 0
-- What is known is seen even when the rest hangs.
io.stdout:setvbuf('line')

function M.case(sentence, body)
  local ok, problem = xpcall(body, function(problem)
    return debug.traceback(tostring(problem), 2)
  end)
  if ok then
    passed = passed + 1
    io.stdout:write('ok ' .. sentence .. '\n')
  else
    failed = failed + 1
    io.stdout:write('FAILED ' .. sentence .. '\n' .. problem .. '\n')
  end
end

function M.same(found, expected)
  if not vim.deep_equal(found, expected) then
    error('found ' .. vim.inspect(found) .. ', expected ' .. vim.inspect(expected), 2)
  end
end

function M.contains(text, part)
  if not tostring(text):find(part, 1, true) then
    error('there is no "' .. part .. '" in ' .. vim.inspect(text), 2)
  end
end

-- Waits until `condition` gives something, and gives it back.
function M.eventually(what, condition, milliseconds)
  local result
  vim.wait(milliseconds or 10000, function()
    result = condition()
    return result
  end, 20)
  if not result then
    error('it never happened: ' .. what, 2)
  end
  return result
end

-- Says how many held and ends this Neovim.
function M.finish()
  io.stdout:write(passed .. ' passed, ' .. failed .. ' failed\n')
  vim.cmd('cquit ' .. (failed > 0 and 1 or 0))
end

-- Puts the cursor on the first character of `text`.
function M.cursor_on(text)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local column = line:find(text, 1, true)
    if column then
      return vim.api.nvim_win_set_cursor(0, { number, column - 1 })
    end
  end
  error('there is no "' .. text .. '" in the buffer', 2)
end

function M.text_of(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
end

-- The window that floats over the others.
function M.float()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= '' then
      return window
    end
  end
end

-- Types keys as the user does.
function M.type(keys)
  vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, false, true), 'mx', false)
end

return M
