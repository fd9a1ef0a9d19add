#[allow(refining_impl_trait, clippy::implied_bounds_in_impls, clippy::double_must_use)]
fn page(
    number: u32,
) -> ::larder::Call<
    impl ::larder::Memoized<
        Output = Page,
        Key = u32,
        Body: ::core::marker::Send,
    > + ::larder::__private::Standalone + ::core::marker::Send,
> {
    let __shape = ::larder::__private::shape!(Page);
    let __call = ::larder::__private::stored(__shape)
        .call_weighed(
            ::larder::__private::site!(
                "page", 0u32, ::larder::__private::Options::ttl_defaults().maxsize(10)
                .max_bytes(LIMIT)
            ),
            ::larder::__private::Owned,
            (number,),
            move |(arg0,), ask| ask.with(::larder::__private::leaf(arg0)),
            move |(number,)| ::larder::__private::owned(
                __shape,
                async move {
                    if false {
                        return ::larder::__private::output::<Page>();
                    }
                    ({ load(number).await })
                },
            ),
            __shape,
        );
    let __call = ::larder::__private::weighing!(__call).weigh(__call);
    ::larder::__private::tiering!(__call)
}
