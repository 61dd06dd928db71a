-- `:Telescope codecompass`, once `require('telescope').load_extension('codecompass')` was called.

local function search(opts)
  opts = opts or {}
  local source = require('codecompass.source').live(opts.query, opts.limit)
  require('codecompass.pickers.telescope').open(source, opts)
end

return require('telescope').register_extension({ exports = { codecompass = search, search = search } })
