use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn types_methods_and_groups() {
    check(
        Language::Go,
        r#"
package store

import "fmt"

const Limit = 3
const (
	First = iota
	Second
)
var _ Reader = (*File)(nil)
var ErrMissing = errors.New("missing")

// Store keeps things.
type Store[K comparable] struct {
	Base
	items map[K]*Item
}
type (
	Reader interface {
		Read(p []byte) (n int, err error)
	}
	ID = string
	Names []string
)

func New[K comparable](size int) *Store[K] {
	var local = 1
	const inner = 2
	return &Store[K]{items: make(map[K]*Item, local)}
}

func (s *Store[K]) Get(key K) (pkg.Value, error) {
	go func() { fmt.Println(Map[int](key)) }()
	return s.items[key].load()
}
"#,
        &expect![[r#"
            constant Limit 6-6
            constant First 8-8
            constant Second 9-9
            variable ErrMissing 12-12
            struct Store 15-18
            interface Reader 20-22
            method Read 21-21 in Reader
            type ID 23-23
            type Names 24-24
            function New 27-31
            method Get 33-36
            refers to: Reader New comparable Base K Item byte int error string comparable int Store K Store K make K Item Store K Value error Println Map int load
        "#]],
    );
}
