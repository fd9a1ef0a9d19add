#[must_use]
#[allow(refining_impl_trait, clippy::implied_bounds_in_impls, clippy::double_must_use)]
fn get<T: Clone>(
    &self,
    __arg0: (u32, u32),
    n: T,
    x: u8,
) -> ::larder::Call<
    impl ::larder::Memoized<
        Output = T,
        Key = (Self, (u32, u32), T, u8),
        Body: ::core::marker::Send,
    > + ::larder::__private::Standalone + ::core::marker::Send,
>
where
    T: Hash,
{
    let __shape = ::larder::__private::shape!(T);
    let __call = ::larder::__private::and(
            <Self as ::larder::__private::ReceiverPart<_>>::GATE,
            ::larder::__private::and(
                <(u32, u32) as ::larder::__private::KeyPart<_>>::GATE,
                ::larder::__private::and(
                    <T as ::larder::__private::KeyPart<_>>::GATE,
                    ::larder::__private::stored(__shape),
                ),
            ),
        )
        .call(
            ::larder::__private::site!(
                "get", 0u32, ::larder::__private::Options::lru_defaults()
            ),
            ::larder::__private::Borrowed,
            (__arg0, n, x),
            move |(arg0, arg1, arg2), ask| {
                ask
                    .with((
                        ::larder::__private::receiver(self),
                        ::larder::__private::leaf(arg0),
                        ::larder::__private::leaf(arg1),
                        ::larder::__private::leaf(arg2),
                    ))
            },
            move |(__arg0, n, x)| async move {
                if false {
                    return ::larder::__private::output::<T>();
                }
                let (a, b) = __arg0;
                let mut n = n;
                #[allow(unused)]
                let x = x;
                ({ n })
            },
            __shape,
        );
    ::larder::__private::tiering!(__call)
}
