use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn types_members_and_calls() {
    check(
        Language::CSharp,
        r#"
using System.Collections.Generic;
namespace A.B
{
    [Serializable]
    public partial class Store<T> : Base<T>, INamed where T : class
    {
        private const int Limit = 3;
        private static readonly ILog Log = LogManager.GetLogger();
        private readonly Dictionary<string, Item> items = new();
        public event EventHandler Changed;
        public string? Name { get; set; } = "x";
        public Item this[string key] => items[key];
        public Store(int size) : base(size) { }
        ~Store() { }
        [Fact]
        public async Task<Result> FindAsync(Query query)
        {
            int Local(int x) => x;
            var found = await source?.LoadAsync<Item>(query);
            return new Result($"found {found.Count()}") { Value = (Value)found };
        }
        public static Store<T> operator +(Store<T> a, Store<T> b) => a;
        public static implicit operator Name(Store<T> s) => null;
        string INamed.Describe() => nameof(Store);
        enum Color { Red }
        delegate void Handler(object sender);
    }
    public record Point(int X, int Y);
    interface INamed { string Describe(); }
    struct Pair { }
}
"#,
        &expect![[r#"
            module B 3-32
            class Store 5-28 in B
            constant Limit 8-8 in Store
            constant Log 9-9 in Store
            field items 10-10 in Store
            field Changed 11-11 in Store
            field Name 12-12 in Store
            method this 13-13 in Store
            constructor Store 14-14 in Store
            method Store 15-15 in Store
            method FindAsync 16-22 in Store
            function Local 19-19 in FindAsync
            method + 23-23 in Store
            method Name 24-24 in Store
            method Describe 25-25 in Store
            enum Color 26-26 in Store
            type Handler 27-27 in Store
            struct Point 29-29 in B
            interface INamed 30-30 in B
            method Describe 30-30 in INamed
            struct Pair 31-31 in B
            refers to: Generic Serializable Base T INamed ILog GetLogger Dictionary Item EventHandler Item Fact Task Result Query LoadAsync Item Result Count Value T Store T Store T Store T nameof
        "#]],
    );
}
