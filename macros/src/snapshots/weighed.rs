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
                "page", 0u32, ::larder::__private::Options::lru_defaults().unbounded()
                .max_bytes(67108864u64).weigher(& weight_of)
                .policy(::larder::Policy::S3Fifo).sizing()
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
    let __call = __call.by(weight_of).weigh(__call);
    ::larder::__private::tiering!(__call)
}
