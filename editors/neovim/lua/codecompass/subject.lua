-- What is explained or asked about.

local place = require('codecompass.place')
local request = require('codecompass.request')

local M = {}

---@class codecompass.Subject
---@field uri string
---@field range? lsp.Range All of the file without it.
---@field symbol? string The name that is meant there.
---@field problem? string What a tool reports there.

---As the arguments of a command name it.
---@param given { uri?: string, line?: integer, endLine?: integer, symbol?: string, problem?: string }
---@return codecompass.Subject?
function M.of_arguments(given)
  if not given.uri then
    return nil
  end
  local range = nil
  if given.line then
    range = {
      start = { line = given.line - 1, character = 0 },
      ['end'] = { line = given.endLine or given.line, character = 0 },
    }
  end
  return { uri = given.uri, range = range, symbol = given.symbol, problem = given.problem }
end

---What stands at the cursor: a name of the project, otherwise the definition around it. The server knows.
---@param uri string
---@param done fun(subject: codecompass.Subject)
function M.at_cursor(uri, done)
  local here = place.range()
  local params = {
    textDocument = { uri = uri },
    range = here,
    context = { diagnostics = {}, only = { 'codecompass.explain' } },
  }
  request.send('textDocument/codeAction', params, function(_, actions)
    for _, action in ipairs(actions or {}) do
      local command = type(action.command) == 'table' and action.command or action
      if command.command == 'codecompass.explain' then
        local subject = M.of_arguments((command.arguments or {})[1] or {})
        if subject then
          return done(subject)
        end
      end
    end
    -- A file that is not indexed: the place must do.
    done({ uri = uri, range = here })
  end)
end

return M
