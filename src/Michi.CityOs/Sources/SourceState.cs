using System.Text.Json;
using Michi.CityOs.Entities;

namespace Michi.CityOs.Sources;

/// <summary>What became of requests to a source since the program started, ETSI GS CIM 009, table 5.2.9-1. Thread-safe.</summary>
internal sealed class SourceState
{
    private readonly Lock _lock = new();
    private long _sent, _failed;
    private DateTimeOffset? _lastSuccess, _lastFailure;

    public void Succeeded(DateTimeOffset at)
    {
        lock (_lock) (_sent, _lastSuccess) = (_sent + 1, at);
    }

    public void Failed(DateTimeOffset at)
    {
        lock (_lock) (_sent, _failed, _lastFailure) = (_sent + 1, _failed + 1, at);
    }

    /// <summary>Whether the source failed so shortly ago that it is left alone.</summary>
    public bool IsCooling(TimeSpan? cooldown, DateTimeOffset now)
    {
        lock (_lock) return !(_lastSuccess > _lastFailure) && _lastFailure.IsWithin(cooldown, now);
    }

    public void Write(Utf8JsonWriter json)
    {
        lock (_lock)
        {
            if (_sent == 0) return;
            json.WriteString("status"u8, _lastFailure is null || _lastSuccess > _lastFailure ? "ok"u8 : "failed"u8);
            json.WriteNumber("timesSent"u8, _sent);
            json.WriteNumber("timesFailed"u8, _failed);
            if (_lastSuccess is { } success) json.WriteString("lastSuccess"u8, EntityWriter.Text(success));
            if (_lastFailure is { } failure) json.WriteString("lastFailure"u8, EntityWriter.Text(failure));
        }
    }
}
