/// Docs stay.
#[allow(refining_impl_trait, clippy::implied_bounds_in_impls, clippy::double_must_use)]
pub fn double(
    n: u64,
) -> ::larder::Call<
    impl ::larder::Memoized<
        Output = u64,
        Key = u64,
        Body: ::core::marker::Send,
    > + ::larder::__private::Standalone + ::core::marker::Send,
> {
    let __shape = ::larder::__private::shape!(u64);
    let __call = ::larder::__private::stored(__shape)
        .call(
            ::larder::__private::site!(
                "double", 0u32, ::larder::__private::Options::lru_defaults()
            ),
            ::larder::__private::Owned,
            (n,),
            move |(arg0,), ask| ask.with(::larder::__private::leaf(arg0)),
            move |(n,)| ::larder::__private::owned(
                __shape,
                async move {
                    if false {
                        return ::larder::__private::output::<u64>();
                    }
                    ({ n * 2 })
                },
            ),
            __shape,
        );
    ::larder::__private::tiering!(__call)
}
