#[allow(refining_impl_trait, clippy::implied_bounds_in_impls, clippy::double_must_use)]
fn page(
    number: u32,
) -> ::larder::Call<
    impl ::larder::Memoized<
        Output = Result<Page, Error>,
        Key = u32,
        Body: ::core::marker::Send,
    > + ::larder::__private::Standalone + ::core::marker::Send,
> {
    let __shape = ::larder::__private::shape!(Result < Page, Error >);
    let __shape = ::larder::__private::strict_shape!(__shape);
    let __call = ::larder::__private::stored(__shape)
        .call(
            ::larder::__private::site!(
                "page", 0u32,
                ::larder::__private::layers!(::larder::__private::Options::lru_defaults(),
                remote = "redis://cache")
            ),
            ::larder::__private::Owned,
            (number,),
            move |(arg0,), ask| ask.with(::larder::__private::leaf(arg0)),
            move |(number,)| ::larder::__private::owned(
                __shape,
                async move {
                    if false {
                        return ::larder::__private::output::<Result<Page, Error>>();
                    }
                    ({ load(number).await })
                },
            ),
            __shape,
        );
    ::larder::__private::tiering!(must __call)
}
