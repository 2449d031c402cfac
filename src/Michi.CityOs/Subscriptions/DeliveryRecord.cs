using System.Text.Json;
using Michi.CityOs.Entities;

namespace Michi.CityOs.Subscriptions;

/// <summary>What became of the notifications of a subscription (clause 5.2.14.2), and how far they have come.</summary>
/// <remarks>Thread-safe. Kept in memory and written to the store from time to time: a crash loses the count of the last seconds.</remarks>
internal sealed class DeliveryRecord
{
    private readonly Lock _lock = new();
    private long _timesSent, _timesFailed, _sequence;
    private DateTimeOffset? _lastNotification, _lastSuccess, _lastFailure;
    private bool _isFailed, _isChanged;

    /// <summary>Sequence of the last change that was told, or given up.</summary>
    public long Sequence
    {
        get { lock (_lock) return _sequence; }
    }

    /// <summary>Whether the store does not have all of it.</summary>
    public bool IsChanged
    {
        get { lock (_lock) return _isChanged; }
    }

    public DateTimeOffset? LastNotification
    {
        get { lock (_lock) return _lastNotification; }
    }

    /// <summary>All of it at one moment.</summary>
    public DeliveryFigures Figures
    {
        get { lock (_lock) return new(_timesSent, _timesFailed, _sequence, _lastNotification, _lastSuccess, _lastFailure, _isFailed); }
    }

    public void Send(DateTimeOffset now)
    {
        lock (_lock) (_timesSent, _lastNotification, _isChanged) = (_timesSent + 1, now, true);
    }

    public void Succeed(DateTimeOffset now)
    {
        lock (_lock) (_lastSuccess, _isFailed, _isChanged) = (now, false, true);
    }

    public void Fail(DateTimeOffset now)
    {
        lock (_lock) (_timesFailed, _lastFailure, _isFailed, _isChanged) = (_timesFailed + 1, now, true, true);
    }

    /// <summary>Nothing more is to be done about a change.</summary>
    public void Settle(long sequence)
    {
        lock (_lock)
        {
            if (sequence <= _sequence) return;
            (_sequence, _isChanged) = (sequence, true);
        }
    }

    /// <summary>Members of "notification".</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        lock (_lock)
        {
            if (_timesSent == 0) return;
            if (_lastSuccess is not null || _lastFailure is not null) json.WriteString("status"u8, _isFailed ? "failed" : "ok");
            json.WriteNumber("timesSent"u8, _timesSent);
            if (_timesFailed > 0) json.WriteNumber("timesFailed"u8, _timesFailed);
            if (_lastNotification is { } sent) json.WriteString("lastNotification"u8, EntityWriter.Text(sent));
            if (_lastFailure is { } failed) json.WriteString("lastFailure"u8, EntityWriter.Text(failed));
            if (_lastSuccess is { } succeeded) json.WriteString("lastSuccess"u8, EntityWriter.Text(succeeded));
        }
    }

    /// <summary>What is to be written to the store.</summary>
    public byte[] Take()
    {
        lock (_lock)
        {
            _isChanged = false;
            return JsonSerializer.SerializeToUtf8Bytes(Figures);
        }
    }

    /// <summary>What was taken could not be written.</summary>
    public void Untake()
    {
        lock (_lock) _isChanged = true;
    }

    public static DeliveryRecord Read(byte[]? bytes)
    {
        var record = new DeliveryRecord();
        if (bytes is null || JsonSerializer.Deserialize<DeliveryFigures>(bytes) is not { } kept) return record;
        (record._timesSent, record._timesFailed, record._sequence, record._isFailed) = (kept.Sent, kept.Failed, kept.Sequence, kept.IsFailed);
        (record._lastNotification, record._lastSuccess, record._lastFailure) = (kept.LastNotification, kept.LastSuccess, kept.LastFailure);
        return record;
    }
}

/// <summary>What became of the notifications of a subscription, as the store keeps it.</summary>
/// <param name="Sent">Tries count each.</param>
/// <param name="Sequence">Of the last change that was told, or given up.</param>
/// <param name="IsFailed">Whether the last try failed.</param>
internal sealed record DeliveryFigures(long Sent, long Failed, long Sequence, DateTimeOffset? LastNotification, DateTimeOffset? LastSuccess, DateTimeOffset? LastFailure, bool IsFailed);
