#[allow(refining_impl_trait, clippy::implied_bounds_in_impls, clippy::double_must_use)]
fn search(
    word: Option<&str>,
    limits: (f64, u32),
    tags: Vec<&str>,
    title: Cow<'_, str>,
    rows: &[&[f32]],
) -> ::larder::Call<
    impl ::larder::Memoized<
        Output = Vec<u64>,
        Key = (
            ::core::option::Option<<str as ::std::borrow::ToOwned>::Owned>,
            (::larder::__private::Bits<::core::primitive::f64>, u32),
            ::std::vec::Vec<<str as ::std::borrow::ToOwned>::Owned>,
            <str as ::std::borrow::ToOwned>::Owned,
            ::std::vec::Vec<
                ::std::vec::Vec<::larder::__private::Bits<::core::primitive::f32>>,
            >,
        ),
        Body: ::core::marker::Send,
    > + ::larder::__private::Standalone + ::core::marker::Send,
> {
    let __shape = ::larder::__private::shape!(Vec < u64 >);
    let __call = ::larder::__private::stored(__shape)
        .call(
            ::larder::__private::site!(
                "search", 0u32, ::larder::__private::Options::lru_defaults()
            ),
            ::larder::__private::Borrowed,
            (word, limits, tags, title, rows),
            move |(arg0, arg1, arg2, arg3, arg4), ask| {
                ask
                    .with((
                        ::core::option::Option::map(
                            ::core::option::Option::as_ref(arg0),
                            |x| ::larder::__private::leaf(*x),
                        ),
                        {
                            let (x0, x1) = arg1;
                            (
                                ::larder::__private::bits(x0),
                                ::larder::__private::leaf(x1),
                            )
                        },
                        ::larder::__private::each(
                            &(arg2)[..],
                            |x| ::larder::__private::leaf(*x),
                        ),
                        ::larder::__private::leaf(&**arg3),
                        ::larder::__private::each(
                            &(*arg4)[..],
                            |x| ::larder::__private::each(
                                &(*x)[..],
                                |x| ::larder::__private::bits(x),
                            ),
                        ),
                    ))
            },
            move |(word, limits, tags, title, rows)| async move {
                if false {
                    return ::larder::__private::output::<Vec<u64>>();
                }
                ({ Vec::new() })
            },
            __shape,
        );
    ::larder::__private::tiering!(__call)
}
