using Microsoft.Extensions.Logging;

namespace Michi.CityOs;

/// <summary>What the log of the program is told.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    public static partial void RequestFailed(ILogger log, Exception fault, string method, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} and perhaps others were refused: the data could not be stored or read (told again in a minute, if it lasts)")]
    public static partial void StorageFailed(ILogger log, Exception fault, string method, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Bytes} bytes of an unfinished write at the end of the log of changes were cut off, as after a crash; the last change is {Last}")]
    public static partial void LogCutOff(ILogger log, long bytes, long last);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The context {Url} could not be fetched anew, its copy of {Time:u} stays in use and is tried again: {Why}")]
    public static partial void ContextNotRenewed(ILogger log, string url, DateTimeOffset time, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "What has expired could not be taken away and is tried again")]
    public static partial void SweepFailed(ILogger log, Exception fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "Changes that are in the log could not be written into the tables and are tried again")]
    public static partial void SavingFailed(ILogger log, Exception fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "The history could not be written and tries again")]
    public static partial void HistoryFailed(ILogger log, Exception fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Subscription {Id} of tenant \"{Tenant}\" cannot be read and does not notify for now: {Why}")]
    public static partial void SubscriptionUnread(ILogger log, string id, string tenant, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The query of subscription {Id} of tenant \"{Tenant}\" could not be judged: {Why}")]
    public static partial void QueryFailed(ILogger log, string id, string tenant, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "Notifying stopped for a moment")]
    public static partial void NotifyingFailed(ILogger log, Exception fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "A notification of subscription {Id} of tenant \"{Tenant}\" could not be made")]
    public static partial void DeliveryFailed(ILogger log, Exception fault, string id, string tenant);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Notifications do not reach {Host}:{Port}: {Why}")]
    public static partial void EndpointFailed(ILogger log, string host, int port, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "Notifications reach {Host}:{Port} again")]
    public static partial void EndpointBack(ILogger log, string host, int port);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} notifications were given up because too many waited for {Address}")]
    public static partial void NotificationsLost(ILogger log, long count, string address);

    [LoggerMessage(Level = LogLevel.Error, Message = "What was to be done for {Key} failed")]
    public static partial void WorkFailed(ILogger log, Exception fault, string key);
}
