::core::compile_error! {
    "unknown option `maxsiz`\nhelp: did you mean `maxsize`?"
}
::core::compile_error! {
    "a `ttl` of zero stores nothing\nhelp: write a longer time, or remove `ttl`"
}
::core::compile_error! {
    "the `&mut` argument `conn` cannot be part of the key: a hit would leave its effect out\nhelp: if a hit may do without it, leave it out: `skip(conn)`"
}
#[allow(refining_impl_trait, clippy::implied_bounds_in_impls, clippy::double_must_use)]
fn find(
    conn: &mut Conn,
    id: u64,
) -> ::larder::Call<
    impl ::larder::Memoized<
        Output = Row,
        Key = (),
        Body: ::core::marker::Send,
    > + ::larder::__private::Standalone + ::core::marker::Send,
> {
    let __shape = ::larder::__private::shape!(Row);
    let __call = ::larder::__private::stored(__shape)
        .call(
            ::larder::__private::site!(
                "find", 0u32, ::larder::__private::Options::ttl_defaults()
            ),
            ::larder::__private::Borrowed,
            (),
            move |(), ask| ask.with(()),
            move |()| async move {
                if false {
                    return ::larder::__private::output::<Row>();
                }
                let (conn, id) = (conn, id);
                ({ conn.load(id).await })
            },
            __shape,
        );
    ::larder::__private::tiering!(__call)
}
