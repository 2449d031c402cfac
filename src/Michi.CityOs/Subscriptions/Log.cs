using Microsoft.Extensions.Logging;

namespace Michi.CityOs.Subscriptions;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Subscription {Id} of tenant \"{Tenant}\" cannot be read and does not notify for now: {Why}")]
    public static partial void SubscriptionUnread(ILogger log, string id, string tenant, string why);
}
