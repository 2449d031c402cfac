using Michi.CityOs.Api;

namespace Michi.CityOs.Subscriptions;

/// <summary>Operations on subscriptions, clauses 6.10 and 6.11.</summary>
internal static class SubscriptionApi
{
    public static readonly Dictionary<string, NgsiLdApi.Operation> Operations = new(StringComparer.Ordinal)
    {
        ["POST subscriptions"] = (c, _) => CreateSubscription.HandleAsync(c),
        ["GET subscriptions"] = (c, _) => QuerySubscriptions.HandleAsync(c),
        ["GET subscriptions/*"] = (c, p) => RetrieveSubscription.HandleAsync(c, p[0]),
        ["PATCH subscriptions/*"] = (c, p) => UpdateSubscription.HandleAsync(c, p[0]),
        ["DELETE subscriptions/*"] = (c, p) => DeleteSubscription.HandleAsync(c, p[0]),
    };
}
