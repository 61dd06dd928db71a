-- The chat and explanations, with a server that answers as a script says: what comes when is decided here.

local project, here = vim.env.TEST_PROJECT, vim.env.TEST_HERE
local checks = dofile(here .. '/checks.lua')
local session = dofile(here .. '/session.lua')
local case, same, contains, eventually = checks.case, checks.same, checks.contains, checks.eventually

vim.o.swapfile = false
vim.cmd('filetype on')
vim.g.codecompass = { cmd = { 'python3', here .. '/fake_server.py' } }
vim.opt.runtimepath:prepend(vim.fn.fnamemodify(here, ':h:h:h') .. '/editors/neovim')
vim.cmd('runtime plugin/codecompass.lua')

local said = {}
vim.notify = function(message)
  table.insert(said, message)
end
local function heard(part)
  return eventually('it is said: ' .. part, function()
    for index, message in ipairs(said) do
      if message:find(part, 1, true) then
        return table.remove(said, index)
      end
    end
  end)
end

local completed = 0
vim.api.nvim_create_autocmd('User', {
  pattern = 'CodeCompassAnswer',
  callback = function()
    completed = completed + 1
  end,
})
-- Waits until the answer that `ask` begins is complete.
local function answered(ask, milliseconds)
  local before = completed
  ask()
  eventually('an answer is complete', function()
    return completed > before
  end, milliseconds)
end

local function chat()
  return require('codecompass.chat').current()
end
local function text()
  return checks.text_of(chat().buffer)
end
local function window_of(buffer)
  return vim.fn.win_findbuf(buffer)[1]
end
-- What stands beside the text of a line, and below it.
local function beside(buffer, row)
  local seen = {}
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(buffer, -1, { row, 0 }, { row, -1 }, { details = true })) do
    for _, chunks in ipairs(vim.list_extend({ mark[4].virt_text or {} }, mark[4].virt_lines or {})) do
      for _, chunk in ipairs(chunks) do
        table.insert(seen, chunk[1])
      end
    end
  end
  return table.concat(seen, '\n')
end
local function row_of(buffer, part)
  for row, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
    if line:find(part, 1, true) then
      return row - 1
    end
  end
  error('there is no "' .. part .. '" in ' .. checks.text_of(buffer), 2)
end
local function writes(what)
  vim.api.nvim_buf_set_lines(0, -2, -1, false, vim.split(what, '\n'))
end
local code

case('a question opens the chat and is answered', function()
  vim.cmd.edit(vim.fn.fnameescape(project .. '/src/retry.rs'))
  code = vim.api.nvim_get_current_win()
  answered(function()
    vim.cmd('CodeCompass ask how does it wait? think')
  end)
  same(vim.bo[chat().buffer].filetype, 'markdown')
  same(vim.api.nvim_get_current_buf(), chat().buffer)
  contains(
    text(),
    '## You\n\nhow does it wait? think\n\n## CodeCompass\n\n> **Reasoning**\n> The user wants to know\n> how it'
  )
  contains(text(), '`backoff_delay` waits twice as long each time – up to a limit [1].')
end)

case('what was checked takes the place of what was written', function()
  contains(text(), '\n\nSee also src/gone.rs:3 too.')
  assert(not text():find('See src/gone', 1, true))
end)

case('the heading says how the answer was made', function()
  contains(
    beside(chat().buffer, row_of(chat().buffer, '## CodeCompass')),
    'qwen2.5-coder:7b · gpu · 1.2 s · 50 tokens/s\n1 citation, checked'
  )
end)

case('reasoning and sources are folded', function()
  local row = row_of(chat().buffer, '**Reasoning**') + 1
  same({ vim.fn.foldclosed(row), vim.fn.foldclosedend(row) }, { row, row + 2 })
  row = row_of(chat().buffer, '**Sources (1)**') + 1
  same({ vim.fn.foldclosed(row), vim.fn.foldclosedend(row) }, { row, row + 1 })
  same(vim.fn.foldclosed(row_of(chat().buffer, 'up to a limit [1]') + 1), -1)
  contains(vim.fn.foldtextresult(row), 'Sources (1) · 1 line ')
end)

case('a citation that does not hold has its reason below it', function()
  contains(beside(chat().buffer, row_of(chat().buffer, 'src/gone.rs:3')), 'src/gone.rs: there is no such file')
end)

for _, key in ipairs({ 'gd', 'gf' }) do
  case(key .. ' on a citation goes to the code', function()
    vim.api.nvim_set_current_win(window_of(chat().buffer))
    checks.cursor_on('[1]')
    checks.type(key)
    same(vim.api.nvim_get_current_win(), code)
    same(vim.api.nvim_buf_get_name(0), project .. '/src/retry.rs')
    same(vim.api.nvim_win_get_cursor(0)[1], 6)
  end)
end

case('gd on a source goes there, and elsewhere says that there is nothing', function()
  vim.api.nvim_set_current_win(window_of(chat().buffer))
  vim.cmd('normal! zR')
  checks.cursor_on('1. `src/retry.rs')
  checks.type('gd')
  same(vim.api.nvim_get_current_win(), code)
  vim.api.nvim_set_current_win(window_of(chat().buffer))
  checks.cursor_on('## CodeCompass')
  checks.type('gd')
  heard('there is no citation under the cursor')
  vim.cmd('normal! zMG')
end)

case('<CR> sends what stands under the last heading', function()
  writes('and what\nif it is slow')
  checks.type('<CR>')
  eventually('the answer comes', function()
    return text():find('It goes on. It goes on.', 1, true)
  end)
  contains(text(), '## You\n\nand what\nif it is slow\n\n## CodeCompass\n\nIt goes on.')
  same(require('codecompass').statusline(), 'CodeCompass: answering')
  contains(beside(chat().buffer, chat().render:row(chat().render.heading)), 'answering')
end)

case('while one answer comes, no other is asked for', function()
  checks.type('<CR>')
  heard('still being written')
end)

case('a citation can be followed while the answer is written', function()
  same(#chat().render.sources_known, 1)
end)

case('the window follows what is written, unless one reads above', function()
  local window = window_of(chat().buffer)
  same(vim.api.nvim_win_get_cursor(window)[1], vim.api.nvim_buf_line_count(chat().buffer))
  vim.api.nvim_win_set_cursor(window, { 3, 0 })
  local before = #text()
  eventually('more is written', function()
    return #text() > before
  end)
  same(vim.api.nvim_win_get_cursor(window)[1], 3)
end)

case('<C-c> stops the answer, and what is there of it stays', function()
  answered(function()
    checks.type('<C-c>')
  end, 3000)
  contains(text(), 'It goes on.')
  contains(beside(chat().buffer, chat().render:row(chat().render.heading)), 'stopped')
  same(vim.api.nvim_buf_get_lines(chat().buffer, -4, -1, false), { '## You', '', '' })
  eventually('the status line is quiet', function()
    return require('codecompass').statusline() == ''
  end)
end)

case('undo does not take an answer back', function()
  local before = text()
  vim.api.nvim_set_current_win(window_of(chat().buffer))
  pcall(vim.cmd.undo)
  same(text(), before)
end)

case('without a model the sources are there to read, and what to do', function()
  vim.cmd('normal! G')
  writes('fail, please')
  answered(function()
    checks.type('<CR>')
  end)
  contains(text(), '> **No answer:** no host answers: start Ollama there (`ollama serve`)')
  local row = row_of(chat().buffer, '**No answer:**') + 3
  same(vim.fn.foldclosed(row), -1)
end)

case('gR answers the last question anew', function()
  local _, answers = text():gsub('No answer', '')
  answered(function()
    checks.type('gR')
  end)
  local _, now = text():gsub('No answer', '')
  same(now, answers)
  local _, questions = text():gsub('## You', '')
  same(questions, 4)
end)

case('a question may be typed while an answer comes', function()
  vim.cmd('normal! G')
  writes('say slow')
  checks.type('<CR>')
  eventually('the answer comes', function()
    return text():find('say slow\n\n## CodeCompass\n\nIt goes on', 1, true)
  end)
  answered(function()
    vim.cmd('CodeCompass chat stop')
  end)
end)

case('an empty question is not sent', function()
  vim.cmd('normal! G')
  checks.type('<CR>')
  heard('write a question under "## You" first')
end)

case('what follows an @ is completed', function()
  vim.cmd('normal! G')
  vim.api.nvim_buf_set_lines(0, -2, -1, false, { 'see @src' })
  vim.cmd('normal! G$')
  vim.api.nvim_win_set_cursor(0, { vim.api.nvim_buf_line_count(0), 8 })
  same(vim.fn.col('.'), 8)
  vim.cmd('startinsert!')
  local complete = require('codecompass.chat.complete').omnifunc
  same(complete(0, '@src')[1].word, '@src/retry.rs')
  vim.cmd('stopinsert')
  vim.api.nvim_buf_set_lines(0, -2, -1, false, { '' })
end)

case('the chat is hidden and shown again', function()
  local buffer = chat().buffer
  vim.cmd('CodeCompass chat')
  same(window_of(buffer), nil)
  vim.cmd('CodeCompass chat')
  same(vim.api.nvim_get_current_buf(), buffer)
  local row = row_of(buffer, '**Reasoning**') + 1
  same(vim.fn.foldclosed(row), row)
end)

case('the chat opens where the options say', function()
  local buffer = chat().buffer
  for position, expected in pairs({ left = { 0, 0 }, above = { 0, 0 }, below = 'lower', right = 'righter', tab = 'tab' }) do
    vim.cmd('CodeCompass chat')
    same(window_of(buffer), nil)
    require('codecompass').setup({ chat = { position = position, size = 12 } })
    local tabs = #vim.api.nvim_list_tabpages()
    vim.cmd('CodeCompass chat')
    local row, column = unpack(vim.api.nvim_win_get_position(window_of(buffer)))
    if expected == 'lower' then
      assert(row > 2 and column == 0 and vim.api.nvim_win_get_height(0) == 12)
    elseif expected == 'righter' then
      assert(column > 2 and vim.api.nvim_win_get_width(0) == 12)
    elseif expected == 'tab' then
      same(#vim.api.nvim_list_tabpages(), tabs + 1)
    else
      same({ row, column }, expected)
    end
  end
  vim.cmd('CodeCompass chat')
  require('codecompass').setup({ chat = { position = 'right', size = 0.42 } })
  vim.api.nvim_set_current_win(code)
  vim.cmd('CodeCompass chat')
  same(vim.api.nvim_get_current_buf(), buffer)
end)

case('reasoning is left out when the options say so', function()
  require('codecompass').setup({ chat = { reasoning = 'hidden' } })
  vim.cmd('CodeCompass chat new')
  writes('think again')
  answered(function()
    checks.type('<CR>')
  end)
  assert(not text():find('Reasoning', 1, true))
  contains(text(), '## CodeCompass\n\n`backoff_delay` waits')
  require('codecompass').setup({ chat = { reasoning = 'folded' } })
end)

case('a selection is what the question is about', function()
  vim.api.nvim_set_current_win(code)
  vim.cmd('6,8CodeCompass ask why?')
  eventually('it is asked', function()
    return chat().answer and chat().answer.params.message == 'why?'
  end)
  local subject = chat().answer.params.subject
  same({ subject.range.start.line, subject.range['end'].line }, { 5, 7 })
  same(subject.uri, vim.uri_from_fname(project .. '/src/retry.rs'))
  eventually('it is answered', function()
    return chat().answer.finished
  end)
  assert(chat().number > 1, 'it is no new conversation')
end)

case('ask with ! goes on in the conversation', function()
  local number = chat().number
  vim.wait(200)
  answered(function()
    vim.cmd('CodeCompass! ask and then?')
  end)
  same(chat().number, number)
  contains(text(), 'why?')
  contains(text(), 'and then?')
end)

case('a kept conversation is opened from the history', function()
  local offered
  vim.ui.select = function(items, options, choose)
    offered = vim.tbl_map(options.format_item, items)
    choose(items[1])
  end
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.b[buffer].codecompass_chat then
      vim.api.nvim_buf_delete(buffer, { force = true })
    end
  end
  vim.cmd('CodeCompass chat history')
  eventually('it is written', function()
    return chat() and text():find('## You\n\n$')
  end)
  contains(offered[1], 'how does it wait? think')
  contains(text(), '> **Reasoning**\n> The user wants to know')
  contains(text(), 'See also src/gone.rs:3')
  contains(text(), '**No answer:**')
end)

case('explain opens a window with the answer', function()
  vim.api.nvim_set_current_win(code)
  checks.cursor_on('backoff_delay')
  vim.cmd('CodeCompass explain')
  local window = eventually('a window floats', checks.float)
  same(vim.api.nvim_get_current_win(), window)
  local buffer = vim.api.nvim_win_get_buf(window)
  eventually('it is explained', function()
    return checks.text_of(buffer):find('This is about `backoff_delay`', 1, true)
      and checks.text_of(buffer):find('Sources (1)', 1, true)
  end)
  same(vim.bo[buffer].modifiable, false)
end)

case('<CR> there goes on in the chat', function()
  checks.type('<CR>')
  assert(not checks.float(), 'the window is still there')
  eventually('the chat has it', function()
    return text():find('## You\n\nExplain backoff_delay\n\n## CodeCompass\n\nThis is about `backoff_delay`', 1, true)
      and text():find('## You\n\n$')
  end)
  assert(chat().conversation, 'it belongs to no conversation')
end)

case('closing the window stops the explanation', function()
  vim.api.nvim_set_current_win(code)
  vim.cmd('CodeCompass explain file')
  eventually('a window floats', checks.float)
  checks.type('q')
  eventually('it is closed', function()
    return not checks.float()
  end)
  eventually('nothing is answered any more', function()
    return require('codecompass').statusline() == ''
  end)
end)

case('explain takes the problem at the cursor', function()
  vim.api.nvim_set_current_win(code)
  vim.cmd.edit(vim.fn.fnameescape(project .. '/src/retry.rs'))
  checks.cursor_on('backoff_delay')
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  vim.diagnostic.set(vim.api.nvim_create_namespace('compiler'), 0, {
    { lnum = row - 1, col = column, end_lnum = row - 1, end_col = column + 13, message = 'mismatched types' },
  })
  vim.cmd('CodeCompass explain')
  local buffer = vim.api.nvim_win_get_buf(eventually('a window floats', checks.float))
  eventually('the problem is explained', function()
    return checks.text_of(buffer):find('This is about `mismatched types`', 1, true)
  end)
  checks.type('q')
  eventually('it is closed', function()
    return not checks.float()
  end)
end)

case('explain takes what is selected, to the character', function()
  vim.api.nvim_set_current_win(code)
  vim.fn.setpos('.', { 0, 6, 8, 0 })
  vim.cmd('normal! vee\27')
  local subject
  local original = require('codecompass.commands.explain').subject
  require('codecompass.commands.explain').subject = function(given)
    subject = given
  end
  vim.cmd("'<,'>CodeCompass explain")
  require('codecompass.commands.explain').subject = original
  same(subject.range.start, { line = 5, character = 7 })
  same(subject.range['end'].line, 5)
  assert(subject.range['end'].character > 8 and subject.range['end'].character < 30, vim.inspect(subject))
end)

case('a server that dies in the midst of an answer is started again, and the chat says what happened', function()
  vim.api.nvim_set_current_win(code)
  vim.cmd('CodeCompass chat new')
  writes('die')
  answered(function()
    checks.type('<CR>')
  end)
  contains(text(), 'it ends in the midst of')
  contains(text(), '> **Not complete:** the server ended; :CodeCompass log says why')
  heard('broke down and is started again')
  eventually('it runs again', function()
    local client = vim.lsp.get_clients({ name = 'codecompass' })[1]
    return client and client.initialized
  end)
  vim.cmd('normal! G')
  writes('and now?')
  answered(function()
    checks.type('<CR>')
  end)
  contains(text(), 'up to a limit [1]')
end)

case('a long answer in a burst is all there', function()
  vim.cmd('CodeCompass chat new')
  writes('huge burst')
  answered(function()
    checks.type('<CR>')
  end, 60000)
  local _, lines = text():gsub('\nLine %d+ of many', '')
  same(lines, 8000)
end)

case('a request that the server gives up ends, too', function()
  vim.cmd('CodeCompass chat new')
  writes('give up')
  answered(function()
    checks.type('<CR>')
  end)
  contains(text(), 'it begins\n\n> **Not complete:** the server gave it up')
  vim.cmd('bwipeout!')
end)

case('deleting the buffer of a chat stops its answer', function()
  vim.cmd('CodeCompass chat new')
  writes('slow again')
  checks.type('<CR>')
  eventually('the answer comes', function()
    return text():find('It goes on', 1, true)
  end)
  vim.cmd('bwipeout!')
  eventually('nothing is answered any more', function()
    return require('codecompass').statusline() == ''
  end)
end)

case('an old server is named', function()
  vim.env.FAKE_VERSION = '0.0.1'
  vim.cmd('CodeCompass restart')
  heard('the server is version 0.0.1, this plugin needs 0.1.0 or newer')
end)

case('nothing failed unseen', function()
  same(vim.v.errmsg, '')
  same(#session.children() >= 1, true)
end)

checks.finish()
