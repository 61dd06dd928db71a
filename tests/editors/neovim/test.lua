-- The language server as Neovim's user sees it without the plugin.

local project, page, here = vim.env.TEST_PROJECT, vim.env.TEST_PAGE, vim.env.TEST_HERE
local session = dofile(here .. '/session.lua')
local checks = dofile(here .. '/checks.lua')
local case, same, contains, eventually = checks.case, checks.same, checks.contains, checks.eventually
local cursor_on, text_of, float = checks.cursor_on, checks.text_of, checks.float

-- What the server says, as it comes.
local messages, progress = {}, {}
vim.lsp.handlers['window/showMessage'] = function(_, params)
  table.insert(messages, params.message)
end
vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(event)
    local params = event.data.params
    progress[params.token] = progress[params.token] or {}
    table.insert(progress[params.token], params.value)
  end,
})

vim.cmd('filetype on')
vim.o.swapfile = false
-- On top of the page: a setting that is wrong and one that is right.
session.configure(page, { settings = { codecompass = { index = { thread = 1 }, editor = { code_lens = true } } } })

local client
local function open(name)
  vim.cmd.edit(vim.fn.fnameescape(project .. '/' .. name))
  local buffer = vim.api.nvim_get_current_buf()
  eventually('the server serves the buffer', function()
    return client == nil or vim.lsp.buf_is_attached(buffer, client.id)
  end)
  return buffer
end

local function ask(method, params, buffer)
  local reply, problem = client:request_sync(method, params, 10000, buffer or 0)
  assert(reply, problem)
  assert(not reply.err, vim.inspect(reply.err))
  -- Neovim has a value of its own for null.
  return reply.result ~= vim.NIL and reply.result or nil
end

-- Where the symbols for a query are: path below the project and line.
local function places(query)
  return vim.tbl_map(function(symbol)
    local path = vim.uri_to_fname(symbol.location.uri)
    return path:sub(#project + 2) .. ':' .. symbol.location.range.start.line + 1
  end, ask('workspace/symbol', { query = query }) or {})
end

-- An answer that was opened since `before` was the current buffer.
local function answer_after(before)
  return eventually('an answer opens', function()
    local buffer = vim.api.nvim_get_current_buf()
    local name = vim.api.nvim_buf_get_name(buffer)
    return buffer ~= before and name:find('/codecompass/answers/', 1, true) and name:find('%.md$') and buffer
  end)
end

case('opening a file of a repository starts the server in its root', function()
  open('src/retry.rs')
  client = eventually('the server is ready', function()
    local found = vim.lsp.get_clients({ name = 'codecompass' })[1]
    return found and found.initialized and found
  end)
  same(client.root_dir, project)
  same(client.server_info.name, 'codecompass')
  same(client.offset_encoding, 'utf-8')
end)

if not client then
  checks.finish()
end

case('a setting that does not exist is named once', function()
  eventually('a message', function()
    return vim.iter(messages):any(function(message)
      return message:find('index.thread`, did you mean `index.threads', 1, true)
    end)
  end)
end)

case('a name leads to its definition first', function()
  eventually('the name is found', function()
    return places('backoff_delay')[1] == 'src/retry.rs:6'
  end, 30000)
end)

case('a sentence fills the quickfix list', function()
  local query = 'how long do we wait before trying a failed request again'
  vim.fn.setqflist({}, 'f')
  eventually('the list is filled', function()
    vim.lsp.buf.workspace_symbol(query)
    return vim.wait(1000, function()
      return #vim.fn.getqflist() > 0
    end, 20)
  end)
  local list = vim.fn.getqflist({ title = 0, items = 0 })
  contains(list.title, query)
  local first = list.items[1]
  same(vim.api.nvim_buf_get_name(first.bufnr), project .. '/src/retry.rs')
  contains(first.text, '[Function]')
  vim.cmd('cclose')
end)

case('hover shows facts about the name', function()
  open('src/main.rs')
  -- Open files are indexed first; the one that defines it may come later.
  eventually('it is indexed', function()
    return places('parse_config')[1] == 'src/config.rs:14'
  end)
  cursor_on('parse_config')
  vim.lsp.buf.hover()
  local window = eventually('a window floats', float)
  local text = text_of(vim.api.nvim_win_get_buf(window))
  contains(text, 'parse_config')
  contains(text, 'src/config.rs:14')
  contains(text, 'what is missing has its default')
  vim.api.nvim_win_close(window, true)
end)

case('hover is off when the setting says so, without a restart', function()
  local position = vim.lsp.util.make_position_params(0, client.offset_encoding)
  assert(ask('textDocument/hover', position))
  local function set(hover)
    client.settings = { codecompass = { editor = { hover = hover } } }
    client:notify('workspace/didChangeConfiguration', { settings = client.settings })
  end
  set(false)
  eventually('nothing is shown', function()
    return not ask('textDocument/hover', position)
  end)
  set(nil)
  eventually('it is shown again', function()
    return ask('textDocument/hover', position)
  end)
end)

case('a code action opens an answer', function()
  local code = open('src/retry.rs')
  cursor_on('backoff_delay')
  local titles
  local select = vim.ui.select
  vim.ui.select = function(items, options, choose)
    titles = vim.tbl_map(options.format_item, items)
    for index, title in ipairs(titles) do
      if title:find('Find similar code', 1, true) then
        return choose(items[index], index)
      end
    end
  end
  vim.lsp.buf.code_action()
  local ok, problem = pcall(function()
    local buffer = answer_after(code)
    contains(text_of(buffer), '# Code like src/retry.rs')
  end)
  vim.ui.select = select
  assert(ok, problem)
  for index, wanted in ipairs({ 'Explain', 'Ask about this', 'Find similar code' }) do
    contains(titles[index], wanted)
  end
end)

local answer
case('the command codecompass.search opens the passages', function()
  local before = vim.api.nvim_get_current_buf()
  client:exec_cmd({
    title = 'Search',
    command = 'codecompass.search',
    arguments = { { query = 'read the configuration' } },
  })
  answer = answer_after(before)
  contains(text_of(answer), 'src/config.rs:')
  same(vim.bo[answer].filetype, 'markdown')
end)

case('a citation in an answer leads to the code', function()
  assert(answer, 'there is no answer')
  eventually('the server knows the answer', function()
    return vim.lsp.buf_is_attached(answer, client.id)
  end)
  cursor_on('src/config.rs:')
  vim.lsp.buf.definition()
  eventually('the code is shown', function()
    return vim.api.nvim_buf_get_name(0) == project .. '/src/config.rs'
  end)
end)

case('one server serves everything', function()
  same(#vim.lsp.get_clients(), 1)
  same(#session.children(), 1)
end)

case('what is typed can be found before it is saved', function()
  local buffer = open('src/config.rs')
  vim.api.nvim_buf_set_lines(
    buffer,
    0,
    0,
    false,
    { '/// Forgets hosts that gave up.', 'pub fn quarantine_hosts() {}', '' }
  )
  eventually('it is found', function()
    return places('quarantine_hosts')[1] == 'src/config.rs:2'
  end)
  eventually('what stands below has moved', function()
    return places('parse_config')[1] == 'src/config.rs:17'
  end)
end)

case('closing without saving goes back to what is on disk', function()
  vim.cmd('bwipeout!')
  eventually('it is forgotten', function()
    return not vim.tbl_contains(places('quarantine_hosts'), 'src/config.rs:2')
  end)
  eventually('the old lines hold again', function()
    return places('parse_config')[1] == 'src/config.rs:14'
  end)
end)

case('a file that is saved can be found', function()
  local buffer = open('src/limits.rs')
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, { '/// At most so many at once.', 'pub fn widest_window() {}' })
  vim.cmd('silent write')
  vim.cmd('bwipeout!')
  eventually('it is found', function()
    return places('widest_window')[1] == 'src/limits.rs:2'
  end)
  vim.fn.delete(project .. '/src/limits.rs')
  eventually('it is forgotten with the file', function()
    return not vim.tbl_contains(places('widest_window'), 'src/limits.rs:2')
  end)
end)

case('progress is shown and ends', function()
  assert(next(progress), 'there was no progress')
  for token, values in pairs(progress) do
    same(values[1].kind, 'begin')
    contains(values[1].title, '')
    eventually('the progress `' .. token .. '` ends', function()
      return values[#values].kind == 'end'
    end, 30000)
  end
end)

case('nothing else was said', function()
  same(#messages, 1)
end)

-- Whether a process ends in time.
local function ends(pid)
  return vim.wait(3000, function()
    return not session.runs(pid)
  end, 20)
end

case(':qa leaves no server behind', function()
  local other = session.start(here, page, project)
  assert(session.runs(other.server), 'the server does not run')
  other.send('qa!')
  assert(ends(other.server), 'the server still runs')
  other.stop()
end)

case('a Neovim that is killed leaves no server behind', function()
  local other = session.start(here, page, project)
  assert(session.runs(other.server), 'the server does not run')
  vim.uv.kill(other.pid, 'sigkill')
  assert(ends(other.server), 'the server still runs')
  other.stop()
end)

case('the server of this Neovim ends with its client', function()
  local server = session.children()[1]
  client:stop()
  assert(ends(server), 'the server still runs')
end)

checks.finish()
