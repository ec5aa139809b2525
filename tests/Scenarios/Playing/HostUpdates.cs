// Commands about host updates: machines, windows, updates, rollouts and how they are steered.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Windows;

namespace Rdfe.Scenarios.Playing;

internal static class HostUpdates
{
    public static void Do(string command, Line line, Stage stage)
    {
        switch (command)
        {
            case "machine":
                stage.Machine(line.Next("name"));
                break;
            case "perform":
                line.Expect("maintenance of");
                stage.Perform(line.Next("machine"));
                break;
            case "acknowledge":
                stage.Acknowledge(line.Next("machine or service"));
                break;
            case "window":
                Window(line, stage);
                break;
            case "host-update":
                stage.Publish(Update(line));
                break;
            default:
                Rollout(line, stage);
                break;
        }
    }

    // window nights of services/shop at 2012-01-01T01:00 for 4h Europe/Berlin 1Day
    private static void Window(Line line, Stage stage)
    {
        var name = line.Next("name");
        line.Expect("of");
        var resource = line.Next("resource");
        line.Expect("at");
        var starts = line.Next("local time");
        line.Expect("for");
        var lasts = line.Duration();
        var text = new WindowText(starts, lasts, line.Next("time zone"), Requests.Reason(line));
        if (WindowReader.Read(text).Refused)
        {
            throw line.Wrong("no such window");
        }

        stage.Window(name, text, resource);
    }

    // host-update u1 hypervisor 118.5 hotRestart
    private static HostUpdate Update(Line line)
    {
        var (name, component, version) = (line.Next("name"), line.Member<MaintainedComponent>("component"), line.Next("version"));
        var update = new HostUpdate { Name = name, Component = component, Version = version, LiveMigratable = false };
        return line.Next("technology") switch
        {
            "hotPatch" => update with { HotPatchable = true },
            "hotRestart" => update with { HypervisorReplaceable = true, NeedsHostReboot = true },
            "memoryPreserving" => update with { MemoryPreserving = MemoryPreserving.Heavy, NeedsHostReboot = true },
            "reboot" => update with { NeedsHostReboot = true },
            _ => throw line.Wrong("a technology is hotPatch, hotRestart, memoryPreserving or reboot"),
        };
    }

    // rollout of u1 canary 0.05 bake 1h self-service 30m | rollout pause | rollout resume | rollout rollback
    private static void Rollout(Line line, Stage stage)
    {
        if (!line.Takes("of"))
        {
            stage.Steer(line.Next("pause, resume, rollback or cancel") switch
            {
                "pause" => (r, _) => Conducting.Pause(r, "by operator"),
                "resume" => (r, now) => Conducting.Resume(r, null, now),
                "rollback" => Conducting.RollBack,
                "cancel" => Conducting.Cancel,
                var other => throw line.Wrong($"a rollout is not steered by {other}"),
            });
            return;
        }

        var update = line.Next("host update");
        var (canary, bake, selfService) = (0.05, Duration.FromHours(1), Duration.Zero);
        while (!line.AtEnd)
        {
            if (line.Takes("canary"))
            {
                canary = line.Number32("per cent") / 100.0;
            }
            else if (line.Takes("bake"))
            {
                bake = line.Duration();
            }
            else
            {
                line.Expect("self-service");
                selfService = line.Duration();
            }
        }

        stage.RollOut(update, canary, bake, selfService);
    }
}
