//! Which arguments are part of the key, and written keys.

use larder::prelude::*;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Circle(u64);
#[derive(Clone, PartialEq, Eq, Hash)]
struct Square(u64);

impl Circle {
    #[async_lru]
    async fn area(&self, scale: u64) -> u64 {
        3 * self.0 * self.0 * scale
    }
    #[async_lru(skip(self))]
    async fn kind(&self, loud: bool) -> &'static str {
        if loud { "CIRCLE" } else { "circle" }
    }
    #[async_lru(skip_args = 2)]
    async fn without_scale(&self, _scale: u64, name: &str) -> String {
        name.to_uppercase()
    }
    #[async_lru(key = (self.0, scale % 2))]
    async fn parity(&self, scale: u64) -> u64 {
        self.0 + scale % 2
    }
}

impl Square {
    #[async_lru]
    async fn area(&self, scale: u64) -> u64 {
        self.0 * self.0 * scale
    }
}

#[tokio::test]
async fn methods_of_two_instances_and_of_two_types_are_apart() {
    assert_eq!((Circle(1).area(2).await, Circle(2).area(2).await), (6, 24));
    assert_eq!((Square(1).area(2).await, Square(2).area(2).await), (2, 8));
    assert_eq!((Circle(1).area(2).await, Square(1).area(2).await), (6, 2));
    let (circles, squares) = (Circle::area.get_metrics(), Square::area.get_metrics());
    assert_eq!((circles.misses, circles.hits), (2, 1));
    assert_eq!((squares.misses, squares.hits), (2, 1));
}

#[tokio::test]
async fn self_can_be_left_out_of_the_key_or_be_a_part_of_a_written_one() {
    Circle(1).kind(true).await;
    Circle(2).kind(true).await;
    assert_eq!((Circle::kind.get_metrics().misses, Circle::kind.get_metrics().hits), (1, 1));

    // In a method, `self` is argument 0.
    Circle(1).without_scale(1, "a").await;
    assert_eq!(Circle(2).without_scale(9, "a").await, "A");
    assert_eq!(Circle(2).without_scale(9, "b").await, "B");
    assert_eq!(Circle::without_scale.cache().keys().len(), 2);

    Circle(1).parity(3).await;
    Circle(1).parity(5).await;
    Circle(2).parity(3).await;
    Circle(1).parity(4).await;
    assert_eq!((Circle::parity.get_metrics().misses, Circle::parity.get_metrics().hits), (3, 1));
}

struct Connection;

#[tokio::test]
async fn skipped_arguments_are_no_part_of_the_key_and_need_not_be_fit_for_one() {
    #[async_lru(skip(connection, seen))]
    async fn by_name(connection: &Connection, id: u64, seen: &mut Vec<u64>) -> u64 {
        let Connection = connection;
        seen.push(id);
        id
    }
    #[async_lru(skip_args = 1)]
    async fn leading(_connection: Connection, id: u64) -> u64 {
        id
    }

    let mut seen = Vec::new();
    by_name(&Connection, 1, &mut seen).await;
    by_name(&Connection, 1, &mut seen).await;
    by_name(&Connection, 2, &mut seen).await;
    assert_eq!(seen, [1, 2]);
    leading(Connection, 1).await;
    leading(Connection, 1).await;
    assert_eq!(leading.cache().keys(), [1]);
}

#[tokio::test]
async fn a_written_key_is_all_that_counts() {
    #[async_lru(key = (tenant, name.to_lowercase()))]
    async fn find(tenant: u32, name: &str, verbose: bool) -> String {
        format!("{tenant} {name} {verbose}")
    }
    #[async_lru(key = format!("{a}-{b}"))]
    async fn formatted(a: u8, b: u8) -> u8 {
        a + b
    }

    assert_eq!(find(1, "Ada", false).await, "1 Ada false");
    assert_eq!(find(1, "ADA", true).await, "1 Ada false");
    assert_eq!(find(2, "Ada", false).await, "2 Ada false");
    assert_eq!((formatted(1, 2).await, formatted(1, 2).await), (3, 3));
    assert_eq!((formatted.get_metrics().misses, formatted.cache().len()), (1, 1));
}
