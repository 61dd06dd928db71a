use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn interfaces_methods_and_messages() {
    check(
        Language::ObjectiveC,
        r#"
#import <Foundation/Foundation.h>
#define LIMIT 3
typedef NS_ENUM(NSInteger, Color) { Red, Green };
@protocol Named <NSObject>
- (NSString *)name;
@end
@interface Store : NSObject <Named>
@property (nonatomic, strong) NSString *label;
+ (instancetype)storeWithName:(NSString *)name size:(NSInteger)size;
@end
@interface Store (Private)
- (void)hidden;
@end
@implementation Store
+ (instancetype)storeWithName:(NSString *)name size:(NSInteger)size {
    Store *store = [[Store alloc] initWithName:name];
    [store.items addObject:@"x" atIndex:helper(size)];
    return store;
}
static void inside(int x) { NSLog(@"x"); }
@end
int free_function(int a) { return a; }
"#,
        &expect![[r#"
            macro LIMIT 3-3
            enum Color 4-4
            interface Named 5-7
            method name 6-6 in Named
            class Store 8-11
            field label 9-9 in Store
            method storeWithName 10-10 in Store
            impl Store 12-14
            method hidden 13-13 in Store
            impl Store 15-22
            method storeWithName 16-20 in Store
            method inside 21-21 in Store
            function free_function 23-23
            refers to: NSInteger Red Green NSObject NSString NSObject Named NSString instancetype NSString NSInteger instancetype NSString NSInteger Store alloc initWithName addObject helper NSLog
        "#]],
    );
}
